#pragma once
// The native protocol: POST {streaming}/{stream_id} with one event as JSON (contract 3.1) or a list
// of them (3.2). One event that is wrong refuses the request.
// GET of the same path is one event that a tag asks for as an image (?v=2&event=NAME and either
// dtdc=BASE64 or dtcd=TEXT with the event as a JSON object, or its flat keys as parameters); HEAD
// stores nothing. See Protocol for threads; only GET allocates, for base64.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
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
  Reading read_query(std::string_view query, event::Facts& facts, Events& events);

  const std::size_t events_max_;
  event::PayloadParser parser_;
  std::optional<StreamId> stream_id_;  // Of the last request, as all below.
  Arena arena_;
  std::string json_;
  std::vector<event::Problem> problems_;
};

}  // namespace rs::collect
