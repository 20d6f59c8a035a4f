#pragma once
// GA4's web protocol: GET or POST {GA4__PATHS}, as gtag, the tag gateway, workbox and other senders
// use it (contract 3.3). Answered 204 whatever it holds. Each hit of a request is an event; a hit
// that is none is counted and takes no other with it. Marks for first_visit and session_start
// become rows before their event. See Protocol for threads and memory.

#include <cstddef>

#include "base/arena.h"
#include "collect/client_address.h"
#include "collect/ga4_stats.h"
#include "collect/protocol.h"
#include "ga4/gtag_event.h"
#include "ga4/gtag_fields.h"
#include "ga4/gtag_lines.h"

namespace rs::collect {

class GtagProtocol final : public Protocol {
 public:
  // Hits of a request beyond `events_max` are refused. All references outlive the protocol.
  GtagProtocol(const event::Limits& limits, std::size_t events_max, const TrustedProxies& proxies,
               Ga4Stats& stats)
      : events_max_(events_max),
        proxies_(proxies),
        stats_(stats),
        lines_(arena_),
        hit_(arena_),
        event_(arena_, limits) {}

  [[nodiscard]] bool uses_cookie() const override { return false; }
  Reading read(const http::Request& request, event::Facts& seen, Events& events) override;

 private:
  void add(const http::Request& request, const event::Facts& seen, Events& events);

  const std::size_t events_max_;
  const TrustedProxies& proxies_;
  Ga4Stats& stats_;
  Arena arena_;
  ga4::GtagLines lines_;
  ga4::GtagFields hit_;
  ga4::GtagEvent event_;
  std::int64_t rows_ = 0;  // Of the request, so far.
};

}  // namespace rs::collect
