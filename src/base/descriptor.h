#pragma once
// An open file descriptor that closes itself. For one thread at a time.

#include <cerrno>
#include <utility>

#include <unistd.h>

namespace rs {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}  // Below zero: none is open.
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Descriptor moved(std::move(other));
    std::swap(number_, moved.number_);
    return *this;
  }
  ~Descriptor() { reset(); }

  // Closes it now. Keeps errno, so that a caller may still say why something before this failed.
  void reset() {
    if (number_ < 0) return;
    const int error = errno;
    ::close(std::exchange(number_, -1));
    errno = error;
  }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

}  // namespace rs
