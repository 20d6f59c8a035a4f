#include "spool/disk.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/data_file.h"
#include "base/descriptor.h"

namespace rs::spool {
namespace {

int result(int returned) {
  return returned < 0 ? -errno : returned;
}

}  // namespace

int RealDisk::open(const std::filesystem::path& path, int flags) {
  return open_data_file(path, flags);
}

void RealDisk::close(int file) {
  ::close(file);
}

std::int64_t RealDisk::size(int file) {
  struct stat status {};
  return ::fstat(file, &status) != 0 ? -errno : status.st_size;
}

int RealDisk::allocate(int file, std::uint64_t bytes) {
  int error;
  do {
    error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  return -error;
}

int RealDisk::write(int file, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0 ? -EIO : -errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return 0;
}

ssize_t RealDisk::read(int file, char* into, std::size_t bytes, std::uint64_t offset) {
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t count = ::pread(file, into + got, bytes - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(got);
}

int RealDisk::sync(int file) {
  return result(::fdatasync(file));
}

int RealDisk::truncate(int file, std::uint64_t bytes) {
  return result(::ftruncate(file, static_cast<off_t>(bytes)));
}

int RealDisk::remove(const std::filesystem::path& path) {
  return result(::unlink(path.c_str()));
}

int RealDisk::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  return result(::rename(from.c_str(), to.c_str()));
}

int RealDisk::make_folder(const std::filesystem::path& path) {
  return make_data_folder(path);
}

int RealDisk::sync_folder(const std::filesystem::path& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return -errno;
  const int synced = result(::fsync(folder.get()));
  // A file system without it, where names need none.
  return synced == -EINVAL || synced == -ENOSYS || synced == -EOPNOTSUPP ? 0 : synced;
}

int RealDisk::space(const std::filesystem::path& path, Space& space) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return -errno;
  space.total = std::uint64_t{info.f_blocks} * info.f_frsize;
  space.available = std::uint64_t{info.f_bavail} * info.f_frsize;
  return 0;
}

}  // namespace rs::spool
