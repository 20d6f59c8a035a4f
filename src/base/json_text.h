#pragma once
// The parts that JSON text is made of, written to where there is room. For whoever writes much of
// it; append_json_escaped() of base/text.h is for everybody else.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rs {

// Of the valid UTF-8 character at the start of `text`; 0 if there is none.
[[nodiscard]] std::size_t utf8_character_length(std::string_view text);

// The bytes at the front of `text` that stand in a JSON string as they are: valid UTF-8 without
// quotes, backslashes and control characters.
[[nodiscard]] std::size_t json_plain_prefix(std::string_view text);

// What stands for the byte that ends such a prefix, in at most kJsonEscapeMax bytes; U+FFFD for one
// that is no UTF-8. Returns the end of what was written.
inline constexpr std::size_t kJsonEscapeMax = 6;
[[nodiscard]] char* write_json_escape(char* at, char byte);

// The shortest decimal text that reads back as the same double, or null; at most kJsonNumberMax
// bytes. Returns its end.
inline constexpr std::size_t kJsonNumberMax = 32;
[[nodiscard]] char* write_json_number(char* at, double value);

// 2026-01-15, for the years 0 to 9999: 10 bytes. Returns their end.
inline constexpr std::size_t kDateLength = 10;
[[nodiscard]] char* write_date(char* at, std::int64_t days);
// 2026-01-15T10:30:45.123456Z, for these years: 27 bytes. Returns their end.
inline constexpr std::size_t kTimeLength = 27;
[[nodiscard]] char* write_utc(char* at, std::int64_t unix_micros);

}  // namespace rs
