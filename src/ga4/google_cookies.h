#pragma once
// The ids inside Google's first-party cookies. Measurement Protocol clients send the cookies' whole
// values too (client_id since 2026-02-17, session_id and session_number since 2025-12-11).
//   _ga       GA1.1.1234567890.1795000000                    client id: the last two fields
//   _ga_<ID>  GS1.1.1796000000.5.1.1796000100.60.0.0         session id, session number, ...
//             GS2.1.s1796000000$o5$g1$t1796000100$j60$l0$h0  the same since 2025
//   FPID      FPID2.2.<hash>.<seconds>, percent-encoded      client id: all after the second dot
// Results are views into the text given. Sources: ga4.md sections 2.2, 3.4, 10.5.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"

namespace rs::ga4 {

// The client id in the value of a `_ga` or FPID cookie; any other text is a client id already.
[[nodiscard]] std::string_view client_id_in(std::string_view text);

// When the visitor was first seen, in microseconds, as client ids of Google's tags say it behind
// their dot: <number>.<unix seconds>. Nothing for other ids, and for times that cannot be: before
// 2005 or over a day ahead of `now_micros`.
[[nodiscard]] std::optional<std::int64_t> first_touch_in(std::string_view client_id,
                                                         std::int64_t now_micros);

struct SessionFields {
  std::string_view id, number;  // Empty when the cookie does not say.
};

// Of the value of a `_ga_<ID>` cookie; both empty for other text.
[[nodiscard]] SessionFields session_in(std::string_view text);

// The visitor that a Cookie header names: FPID, else `_ga`; decoded into the arena. Empty without
// one. Server-side containers do the same when a hit has no cid.
[[nodiscard]] std::string_view client_id_of_cookies(std::string_view cookie_header, Arena& arena);

}  // namespace rs::ga4
