#pragma once
// Every path the server answers, in one list: the router is built from it, and a test holds
// /openapi.json to it in both directions.

#include <cstdint>
#include <string>
#include <vector>

#include "http/message.h"

namespace rs::pages {

// The settings API__PREFIX, API__V1__PREFIX, API__V1__STREAMING and API__V1__FETCH.
struct Paths {
  std::string api = "/api";
  std::string v1 = "/v1";
  std::string streaming = "/streaming";
  std::string fetch = "/fetch";
  std::vector<std::string> ga4 = {"/g/collect", "/mp/collect", "/ag/g/c"};  // GA4__PATHS.

  [[nodiscard]] std::string collect() const { return api + v1 + streaming; }
  [[nodiscard]] std::string tracker() const { return api + v1 + fetch + "/v6.js"; }
  [[nodiscard]] std::string mirror() const { return api + v1 + fetch + "/mirror.js"; }
};

enum class Endpoint : std::uint8_t {
  kCollect,  // The native protocol. Its path ends in "/{stream_id}".
  kGtag,     // GA4's web protocol, and the Measurement Protocol; kGa4 is either, by content.
  kMeasurement,
  kGa4,
  kMetrics,    // The metrics page's.
  kHealth,     // fill_health().
  kReadiness,  // fill_readiness().
  kPage,       // Pages::serve().
};

struct Route {
  http::Method method;  // kGet stands for HEAD as well.
  std::string path;
  Endpoint endpoint;
  bool documented;         // Part of the API, so in /openapi.json; the rest are pages for people.
  bool is_suffix = false;  // Also behind any prefix: GA4's senders keep the path they are given.
};

[[nodiscard]] std::vector<Route> routes(const Paths& paths);

}  // namespace rs::pages
