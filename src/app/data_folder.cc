#include "app/data_folder.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rs::app {
namespace {

constexpr const char* kLockFile = "real-streaming.lock";

}  // namespace

Result<DataFolder> DataFolder::claim(const std::filesystem::path& path) {
  const auto failed = [&](std::string_view what) {
    return fail(ErrorCode::kRefused, fmt::format("cannot {} the folder WRITERS__DATA_DIR={}: {}",
                                                 what, path.string(), std::strerror(errno)));
  };
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    std::filesystem::create_directories(path, error);
    if (error) {
      errno = error.value();
      return failed("create");
    }
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  const auto file = path / kLockFile;
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed("write in");
  // What this process writes from here on (rows, dead letters) names people: nobody else reads it.
  umask(077);
  DataFolder folder(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock");
    std::array<char, 32> holder{};
    const auto size = pread(descriptor, holder.data(), holder.size() - 1, 0);
    return fail(ErrorCode::kRefused,
                fmt::format("the folder WRITERS__DATA_DIR={} is in use by another real-streaming "
                            "(process {}): stop it, or give this one a folder of its own",
                            path.string(),
                            std::string_view(holder.data(),
                                             size > 0 ? static_cast<std::size_t>(size) : 0)));
  }
  const auto text = fmt::format("{}", getpid());
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return failed("write in");
  }
  return folder;
}

bool DataFolder::is_claimed(const std::filesystem::path& path) {
  const int descriptor = open((path / kLockFile).c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool claimed = flock(descriptor, LOCK_EX | LOCK_NB) != 0;
  close(descriptor);
  return claimed;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DataFolder::~DataFolder() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace rs::app
