#pragma once
// What the server counts. Each request thread writes its own block; Server::stats() adds them up.

#include <array>
#include <cstddef>
#include <cstdint>

#include "http/message.h"
#include "obs/counter.h"

namespace rs::http {

inline constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::kCount);
inline constexpr std::size_t kStatusClasses = 6;  // By the first digit; 0 is not used.

struct alignas(64) ThreadStats {
  obs::Counter connections_accepted;
  obs::Counter connections_closed;
  obs::Counter connections_refused;  // Over connections_max: closed without an answer.
  obs::Counter connections_expired;  // Idle, stalled or lingering for too long.
  obs::Counter connections_evicted;  // Closed to make room for others.
  obs::Counter accept_pauses;        // No descriptor or memory for a connection: tried again later.
  obs::Counter requests;             // Handed to a handler.
  obs::Counter promises_expired;     // Not settled in time; answered as refused.
  obs::Counter promises_lost;        // Settled when nobody waited any more.
  obs::Counter bytes_in, bytes_out;
  std::array<obs::Counter, kStatusClasses> responses;
  std::array<obs::Counter, kRefusals> refusals;
  // Microseconds from reading a request's last byte to handing its answer to the kernel.
  obs::Histogram latency;
};

// One moment of all threads together.
struct Stats {
  std::uint64_t connections_open = 0, connections_accepted = 0, connections_refused = 0,
                connections_expired = 0, connections_evicted = 0, accept_pauses = 0;
  std::uint64_t unfinished_bytes = 0;  // See unfinished.h.
  std::uint64_t requests = 0, promises_expired = 0, promises_lost = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::array<std::uint64_t, kStatusClasses> responses{};
  std::array<std::uint64_t, kRefusals> refusals{};
  obs::HistogramSnapshot latency_micros;

  void add(const ThreadStats& thread);
};

// A refusal as a metric label, such as "body_too_large".
[[nodiscard]] const char* refusal_label(Refusal refusal);

}  // namespace rs::http
