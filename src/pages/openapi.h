#pragma once
// /openapi.json (OpenAPI 3.1): web/openapi.json with what the code knows better filled in: the
// paths from the settings, and every list of columns from the row's own definition.

#include <string>
#include <string_view>

#include "pages/routes.h"

namespace rs::pages {

[[nodiscard]] std::string openapi(const Paths& paths, std::string_view version);

}  // namespace rs::pages
