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

  [[nodiscard]] std::string collect() const { return api + v1 + streaming; }
  [[nodiscard]] std::string tracker() const { return api + v1 + fetch + "/v6.js"; }
};

enum class Endpoint : std::uint8_t {
  kCollect,    // The collector's. Its path ends in "/{stream_id}".
  kMetrics,    // The metrics page's.
  kHealth,     // fill_health().
  kReadiness,  // fill_readiness().
  kPage,       // Pages::serve().
};

struct Route {
  http::Method method;  // kGet stands for HEAD as well.
  std::string path;
  Endpoint endpoint;
  bool documented;  // Part of the API, so in /openapi.json; the rest are pages for people.
};

[[nodiscard]] std::vector<Route> routes(const Paths& paths);

}  // namespace rs::pages
