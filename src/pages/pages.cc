#include "pages/pages.h"

#include <utility>
#include <vector>

#include "pages/asset_paths.h"
#include "pages/openapi.h"
#include "pages/template.h"

namespace rs::pages {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";

// Swagger UI and Redoc write style elements and show data: images; neither has inline scripts.
// Redoc's search is a worker made from a blob.
constexpr std::string_view kPlainPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'";
constexpr std::string_view kSwaggerPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'";
constexpr std::string_view kRedocPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'";

// Their paths name their content, so they are never asked for again.
constexpr std::string_view kAssetHeaders =
    "Cache-Control: public, max-age=31536000, immutable\r\n"
    "X-Content-Type-Options: nosniff\r\n";

std::string licenses() {
  std::string text = "What the pages of this server are made of, besides itself.\n";
  const auto part = [&text](std::string_view title, std::string_view content) {
    text.append("\n\n==== ").append(title).append(" ====\n\n").append(content);
  };
  part("swagger-ui-dist: LICENSE", assets::kSwaggerLicense);
  part("swagger-ui-dist: NOTICE", assets::kSwaggerNotice);
  part("swagger-ui-dist: parts of the bundle", assets::kSwaggerBundleLicenses);
  part("redoc: LICENSE (the address of the logo in it is changed)", assets::kRedocLicense);
  part("redoc: parts of the bundle", assets::kRedocBundleLicenses);
  return text;
}

}  // namespace

Pages::Pages(const Settings& settings)
    : tracker_path_(settings.paths.tracker()), tracker_(settings.static_dir) {
  std::vector<Replacement> names = {
      {"{{version}}", html_escaped(settings.version)},
      {"{{collect_example}}", html_escaped(settings.paths.collect() + "/1")},
      {"{{tracker}}", html_escaped(settings.paths.tracker())}};
  for (const Asset& asset : kAssets) {
    // Relative, so that the pages also work behind a proxy that adds a prefix.
    names.push_back({asset.placeholder, asset.path().substr(1)});
    pages_.emplace(asset.path(), StaticPage{asset.content_type, asset.body,
                                            etag_of_hash(asset.hash), std::string(kAssetHeaders)});
  }
  pages_.emplace("/favicon.ico",
                 StaticPage{"image/png", assets::kFavicon, etag_of_hash(assets::kFaviconHash),
                            "Cache-Control: public, max-age=86400\r\n"
                            "X-Content-Type-Options: nosniff\r\n"});
  pages_.emplace(settings.paths.mirror(),
                 StaticPage{kScriptType, assets::kMirror, etag_of_hash(assets::kMirrorHash),
                            std::string(kScriptHeaders)});
  add_page("/", kHtml, filled(assets::kLanding, names), kPlainPolicy);
  add_page("/docs", kHtml, filled(assets::kDocs, names), kSwaggerPolicy);
  add_page("/redoc", kHtml, filled(assets::kRedoc, names), kRedocPolicy);
  // With a slash at the end they are the same pages, but a browser looks for what they link to one
  // folder further down.
  names.push_back({"href=\"", "href=\"../"});
  names.push_back({"src=\"", "src=\"../"});
  add_page("/docs/", kHtml, filled(assets::kDocs, names), kSwaggerPolicy);
  add_page("/redoc/", kHtml, filled(assets::kRedoc, names), kRedocPolicy);
  add_page("/docs/licenses", "text/plain; charset=utf-8", licenses(), kPlainPolicy);
  add_page("/openapi.json", "application/json", openapi(settings.paths, settings.version),
           kPlainPolicy);
}

void Pages::add_page(std::string path, std::string_view content_type, std::string content,
                     std::string_view policy) {
  const std::string& kept = contents_.emplace_back(std::move(content));
  std::string headers =
      "Cache-Control: no-cache\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\n";
  headers.append("Content-Security-Policy: ").append(policy).append("\r\n");
  pages_.emplace(std::move(path),
                 StaticPage{content_type, kept, etag_of_content(kept), std::move(headers)});
}

bool Pages::serve(std::string_view path, const http::Request& request,
                  http::Response& response) const {
  const bool has_slash = path.size() > 1 && path.ends_with('/') && !path.ends_with("//");
  if (has_slash && !pages_.contains(path)) path.remove_suffix(1);
  if (path == tracker_path_) {
    tracker_.fill(request, response);
    return true;
  }
  const auto page = pages_.find(path);
  if (page == pages_.end()) return false;
  page->second.fill(request, response);
  return true;
}

}  // namespace rs::pages
