#include "pages/routes.h"

#include "pages/asset_paths.h"

namespace rs::pages {
namespace {

// The protocol is known by the end of the path; an alias takes both.
Endpoint ga4_endpoint(std::string_view path) {
  if (path.ends_with("/mp/collect")) return Endpoint::kMeasurement;
  return path.ends_with("/g/collect") || path.ends_with("/g/c") ? Endpoint::kGtag : Endpoint::kGa4;
}

void add_ga4_routes(const std::string& path, std::vector<Route>& all) {
  const Endpoint endpoint = ga4_endpoint(path);
  const bool documented = path == "/g/collect" || path == "/mp/collect";
  all.push_back({http::Method::kPost, path, endpoint, documented, true});
  if (endpoint == Endpoint::kMeasurement) return;
  all.push_back({http::Method::kGet, path, endpoint, documented, true});
}

}  // namespace

std::vector<Route> routes(const Paths& paths) {
  using http::Method;
  std::vector<Route> all = {
      {Method::kPost, paths.collect() + "/{stream_id}", Endpoint::kCollect, true},
      {Method::kGet, paths.collect() + "/{stream_id}", Endpoint::kCollect, true}};
  for (const auto& path : paths.ga4) add_ga4_routes(path, all);
  const std::vector<Route> others = {
      {Method::kGet, paths.tracker(), Endpoint::kPage, true},
      {Method::kGet, paths.mirror(), Endpoint::kPage, true},
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
  all.insert(all.end(), others.begin(), others.end());
  for (const Asset& asset : kAssets) {
    all.push_back({Method::kGet, asset.path(), Endpoint::kPage, false});
  }
  return all;
}

}  // namespace rs::pages
