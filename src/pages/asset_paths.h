#pragma once
// Where the scripts and styles of our pages lie. The content's hash is part of each path, so a
// browser may keep what it has for ever and still sees a new version at once.

#include <array>
#include <string>
#include <string_view>

#include "pages/assets.h"

namespace rs::pages {

struct Asset {
  std::string_view placeholder;  // Stands for its path in the pages of web/.
  std::string_view name;         // Before the hash.
  std::string_view extension;
  std::string_view content_type;
  std::string_view body, hash;

  [[nodiscard]] std::string path() const {
    return "/docs/assets/" + std::string(name) + "." + std::string(hash) + std::string(extension);
  }
};

inline constexpr std::array kAssets = {
    Asset{"{{style}}", "style", ".css", "text/css; charset=utf-8", assets::kStyle,
          assets::kStyleHash},
    Asset{"{{docs_script}}", "docs", ".js", "application/javascript", assets::kDocsScript,
          assets::kDocsScriptHash},
    Asset{"{{redoc_script}}", "redoc", ".js", "application/javascript", assets::kRedocScript,
          assets::kRedocScriptHash},
    Asset{"{{swagger_style}}", "swagger-ui", ".css", "text/css; charset=utf-8",
          assets::kSwaggerStyle, assets::kSwaggerStyleHash},
    Asset{"{{swagger_bundle}}", "swagger-ui-bundle", ".js", "application/javascript",
          assets::kSwaggerBundle, assets::kSwaggerBundleHash},
    Asset{"{{redoc_bundle}}", "redoc.standalone", ".js", "application/javascript",
          assets::kRedocBundle, assets::kRedocBundleHash},
    Asset{"{{favicon}}", "favicon", ".png", "image/png", assets::kFavicon, assets::kFaviconHash},
};

}  // namespace rs::pages
