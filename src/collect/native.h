#pragma once
// The native protocol: POST {streaming}/{stream_id} with one event as JSON (contract 3.1) or a list
// of them (3.2). One event that is wrong refuses the request. See Protocol for threads and memory.

#include <cstddef>
#include <optional>

#include "collect/protocol.h"
#include "collect/stream_id.h"
#include "event/limits.h"
#include "event/payload_parser.h"

namespace rs::collect {

class NativeProtocol final : public Protocol {
 public:
  // Lists of more than `events_max` events are refused.
  NativeProtocol(std::size_t events_max, const event::Limits& limits)
      : events_max_(events_max), parser_(limits) {}

  [[nodiscard]] bool uses_cookie() const override { return true; }
  Reading read(const http::Request& request, event::Facts& facts, Events& events) override;

 private:
  const std::size_t events_max_;
  event::PayloadParser parser_;
  std::optional<StreamId> stream_id_;  // Of the last request.
};

}  // namespace rs::collect
