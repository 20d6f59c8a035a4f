#include "base/data_file.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/descriptor.h"

namespace rs {
namespace {

bool is_written(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY;
}

// 0 when a file of ours may be this one.
int mistake_of(int descriptor, int flags) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return 0;
  if (!S_ISREG(status.st_mode)) return ENXIO;
  return is_written(flags) && status.st_nlink > 1 ? EMLINK : 0;
}

}  // namespace

int open_data_file(const std::filesystem::path& path, int flags) {
  // Emptied by ftruncate() once it is known to be a file of ours. O_NONBLOCK means nothing to a
  // file, and keeps open() from waiting at a FIFO.
  const int opening = (flags & ~O_TRUNC) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor file(::open(path.c_str(), opening, 0600));
  if (!file.is_open()) return -errno;
  if (const int mistake = mistake_of(file.get(), flags); mistake != 0) return -mistake;
  if ((flags & O_TRUNC) != 0 && ::ftruncate(file.get(), 0) != 0) return -errno;
  return file.release();
}

int make_data_folder(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return 0;
  if (errno != EEXIST) return -errno;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return -errno;
  if (S_ISLNK(status.st_mode)) return -ELOOP;
  return S_ISDIR(status.st_mode) ? -EEXIST : -ENOTDIR;
}

std::string reason_of(int error) {
  switch (error = std::abs(error)) {
    case ELOOP:
      return "it is a symbolic link, and links in the data folder are not followed";
    case EMLINK:
      return "it is a hard link (the file has another name), and links in the data folder are not "
             "followed";
    case ENXIO:
      return "it is neither a file nor a folder";
    default:
      return std::generic_category().message(error);
  }
}

}  // namespace rs
