#pragma once
// Which header field a name is, for the fields that the server or a handler looks up.
// A perfect hash over both ends of the name, found while compiling, then one comparison.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/message.h"

namespace rs::http {

// The values below Known::kCount are those of Known; the others matter to the server only.
using FieldId = std::uint8_t;
inline constexpr FieldId kFirstServerField = static_cast<FieldId>(Known::kCount);
inline constexpr FieldId kContentLengthField = kFirstServerField;
inline constexpr FieldId kTransferEncodingField = kFirstServerField + 1;
inline constexpr FieldId kConnectionField = kFirstServerField + 2;
inline constexpr FieldId kExpectField = kFirstServerField + 3;
inline constexpr FieldId kFieldCount = kFirstServerField + 4;
inline constexpr FieldId kOtherField = 0xff;

// Ignores case. `name` holds tchars only.
[[nodiscard]] FieldId find_field(std::string_view name);

// The lower-case name of a field below kFieldCount.
[[nodiscard]] std::string_view field_name(FieldId id);

}  // namespace rs::http
