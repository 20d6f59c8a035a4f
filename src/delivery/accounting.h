#pragma once
// Where every event is, at one moment. An event is in exactly one of the terms:
//   received = refused (by reason) + delivered + dead_lettered + held
// The numbers live under Delivery's lock, so a snapshot always adds up. See contract section 6.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rs::delivery {

// Why a client was told that its event was not taken. A closed list: each is a metric label. What
// HTTP refuses before there is an event is counted by http/stats.h alone.
enum class Refused : std::uint8_t {
  kTooLarge,      // More of something than one request or one event may hold.
  kInvalidEvent,  // Not JSON, or not an event.
  kQueueFull,     // As many rows are held as may be, in memory or on disk.
  kDiskFailed,    // The spool cannot be written.
  kStopping,      // The server is shutting down.
  kCount          // Not a reason.
};

[[nodiscard]] constexpr std::string_view name_of(Refused reason) {
  switch (reason) {
    case Refused::kTooLarge:
      return "too_large";
    case Refused::kInvalidEvent:
      return "invalid_event";
    case Refused::kQueueFull:
      return "queue_full";
    case Refused::kDiskFailed:
      return "disk_failed";
    case Refused::kStopping:
      return "stopping";
    case Refused::kCount:
      break;
  }
  return "unknown";
}

struct Accounting {
  std::uint64_t received = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Refused::kCount)> refused{};
  std::uint64_t delivered = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t held = 0;  // Rows accepted whose fate is open.

  [[nodiscard]] std::uint64_t refused_total() const {
    std::uint64_t total = 0;
    for (const auto count : refused) total += count;
    return total;
  }
  [[nodiscard]] bool adds_up() const {
    return received == refused_total() + delivered + dead_lettered + held;
  }
};

}  // namespace rs::delivery
