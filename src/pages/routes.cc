#include "pages/routes.h"

#include "pages/asset_paths.h"

namespace rs::pages {

std::vector<Route> routes(const Paths& paths) {
  using http::Method;
  std::vector<Route> all = {
      {Method::kPost, paths.collect() + "/{stream_id}", Endpoint::kCollect, true},
      {Method::kGet, paths.tracker(), Endpoint::kPage, true},
      {Method::kGet, "/healthz", Endpoint::kHealth, true},
      {Method::kGet, "/readyz", Endpoint::kReadiness, true},
      {Method::kGet, "/metrics", Endpoint::kMetrics, true},
      {Method::kGet, "/", Endpoint::kPage, false},
      {Method::kGet, "/docs", Endpoint::kPage, false},
      {Method::kGet, "/docs/licenses", Endpoint::kPage, false},
      {Method::kGet, "/redoc", Endpoint::kPage, false},
      {Method::kGet, "/openapi.json", Endpoint::kPage, false},
      {Method::kGet, "/favicon.ico", Endpoint::kPage, false},
  };
  for (const Asset& asset : kAssets) {
    all.push_back({Method::kGet, asset.path(), Endpoint::kPage, false});
  }
  return all;
}

}  // namespace rs::pages
