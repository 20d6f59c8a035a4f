#pragma once
// The two things a program cannot compute: the time, and chance. A test pins both.
// A World belongs to one thread; make one for each.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rs {

class World {
 public:
  virtual ~World() = default;
  virtual std::int64_t now_micros() = 0;             // UTC, microseconds since 1970.
  virtual std::array<std::byte, 16> random16() = 0;  // Not guessable: ids of people are made of it.
};

// The system clock and getrandom(2), read 4 KiB at a time: 0.3 us a call would be paid per event.
class RealWorld final : public World {
 public:
  std::int64_t now_micros() override;
  std::array<std::byte, 16> random16() override;

 private:
  std::array<std::byte, 4096> pool_;
  std::size_t used_ = sizeof(pool_);
};

// Stands still: the time is what the test says, the random bytes count up.
class FixedWorld final : public World {
 public:
  explicit FixedWorld(std::int64_t now) : now_(now) {}
  void set_now(std::int64_t micros) { now_ = micros; }
  std::int64_t now_micros() override { return now_; }
  std::array<std::byte, 16> random16() override {
    std::array<std::byte, 16> bytes{};
    ++calls_;
    for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::byte>(calls_ >> (8 * i));
    return bytes;
  }

 private:
  std::int64_t now_;
  std::uint64_t calls_ = 0;
};

}  // namespace rs
