#pragma once
// Names that Google's own tags and apps use, and that the Measurement Protocol does not take from
// others. Source: ga4.md section 2.4 (Google's protocol reference, "Reserved names").

#include <string_view>

namespace rs::ga4 {

[[nodiscard]] bool is_reserved_event(std::string_view name);
// Of app streams only; a web stream may not send it.
[[nodiscard]] bool is_app_event(std::string_view name);
[[nodiscard]] bool is_reserved_param(std::string_view name);
[[nodiscard]] bool is_reserved_property(std::string_view name);

}  // namespace rs::ga4
