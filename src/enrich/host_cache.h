#pragma once
// Remembers what was worked out about a host name: a site has few, and sees them in every event.
// A fixed table where a host may stand in one place only, so a new one evicts what stood there:
// no bookkeeping, no growth, whatever hosts are sent. Longer hosts are worked out every time.
// Not thread-safe: one per request thread. About 256 * (64 + sizeof(Value)) bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>

namespace rs::enrich {

template <class Value>
class HostCache {
 public:
  // What `compute()` gives for `host`, perhaps remembered. Valid until the next call.
  template <class Compute>
  const Value& get(std::string_view host, Compute&& compute) {
    if (host.empty() || host.size() > kHostMax) {
      uncached_ = compute();
      return uncached_;
    }
    Slot& slot = (*slots_)[std::hash<std::string_view>{}(host) % kSlots];
    if (slot.size != host.size() || std::memcmp(slot.host.data(), host.data(), host.size()) != 0) {
      slot.value = compute();
      slot.size = static_cast<std::uint8_t>(host.size());
      std::memcpy(slot.host.data(), host.data(), host.size());
    }
    return slot.value;
  }

 private:
  static constexpr std::size_t kSlots = 256, kHostMax = 63;
  struct Slot {
    std::uint8_t size = 0;  // 0: empty.
    std::array<char, kHostMax> host{};
    Value value{};
  };
  std::unique_ptr<std::array<Slot, kSlots>> slots_ = std::make_unique<std::array<Slot, kSlots>>();
  Value uncached_{};
};

}  // namespace rs::enrich
