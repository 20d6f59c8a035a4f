#pragma once
// /healthz and /readyz: what a load balancer asks.

#include <string>
#include <vector>

#include "http/message.h"

namespace rs::pages {

// What keeps the server from taking events now, filled by the application for each request.
struct Readiness {
  std::vector<std::string> reasons;  // Such as "sink local: disk full". None means ready.
};

// The process is alive: 200 {"status":"ok"}.
void fill_health(http::Response& response);

// 200 {"status":"ok","reasons":[]} or 503 {"status":"unavailable","reasons":["..."]}.
void fill_readiness(const Readiness& readiness, http::Response& response);

}  // namespace rs::pages
