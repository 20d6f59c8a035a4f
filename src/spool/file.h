#pragma once
// An open file of the spool that closes itself, and the Error that a failed call makes.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/data_file.h"
#include "base/result.h"
#include "spool/disk.h"

namespace rs::spool {

class File {
 public:
  File() = default;
  File(Disk& disk, int descriptor) : disk_(&disk), descriptor_(descriptor) {}
  File(File&& other) noexcept { swap(other); }
  File& operator=(File&& other) noexcept {
    File moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~File() {
    if (descriptor_ >= 0) disk_->close(descriptor_);
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  void swap(File& other) noexcept {
    std::swap(disk_, other.disk_);
    std::swap(descriptor_, other.descriptor_);
  }

  Disk* disk_ = nullptr;
  int descriptor_ = -1;
};

// `returned` is what a call of Disk returned: below zero.
inline tl::unexpected<Error> disk_failed(std::string_view what, const std::filesystem::path& path,
                                         ssize_t returned) {
  return fail(ErrorCode::kUnavailable, std::string("cannot ")
                                           .append(what)
                                           .append(" ")
                                           .append(path.string())
                                           .append(": ")
                                           .append(reason_of(static_cast<int>(returned))));
}

}  // namespace rs::spool
