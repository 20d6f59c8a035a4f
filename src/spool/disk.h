#pragma once
// The system calls of the spool and of the dead letters, so that a test can make each of them fail,
// wait or be the last, and can forget what was not synced.
// Each returns what the call returns, or -errno. Thread-safe as the calls are.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <sys/types.h>

namespace rs::spool {

struct Space {
  std::uint64_t total = 0, available = 0;  // Bytes; available to us, not to root.
};

class Disk {
 public:
  virtual ~Disk() = default;

  // As open_data_file(): no link is followed, new files are readable by their owner only.
  virtual int open(const std::filesystem::path& path, int flags) = 0;
  virtual void close(int file) = 0;
  virtual std::int64_t size(int file) = 0;
  // Room for this many bytes from the start, which grows the file (posix_fallocate).
  virtual int allocate(int file, std::uint64_t bytes) = 0;
  // All of `bytes`, or an error (pwrite until nothing is left).
  virtual int write(int file, std::string_view bytes, std::uint64_t offset) = 0;
  // Fewer than `bytes` only where the file ends.
  virtual ssize_t read(int file, char* into, std::size_t bytes, std::uint64_t offset) = 0;
  virtual int sync(int file) = 0;  // fdatasync
  virtual int truncate(int file, std::uint64_t bytes) = 0;
  virtual int remove(const std::filesystem::path& path) = 0;
  virtual int rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // One folder (mkdir), for its owner only. -EEXIST when something has that name.
  virtual int make_folder(const std::filesystem::path& path) = 0;
  // The names in a folder survive a power cut from here on (fsync). A new file is lost without it.
  virtual int sync_folder(const std::filesystem::path& path) = 0;
  virtual int space(const std::filesystem::path& path, Space& space) = 0;
};

class RealDisk : public Disk {
 public:
  int open(const std::filesystem::path& path, int flags) override;
  void close(int file) override;
  std::int64_t size(int file) override;
  int allocate(int file, std::uint64_t bytes) override;
  int write(int file, std::string_view bytes, std::uint64_t offset) override;
  ssize_t read(int file, char* into, std::size_t bytes, std::uint64_t offset) override;
  int sync(int file) override;
  int truncate(int file, std::uint64_t bytes) override;
  int remove(const std::filesystem::path& path) override;
  int rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  int make_folder(const std::filesystem::path& path) override;
  int sync_folder(const std::filesystem::path& path) override;
  int space(const std::filesystem::path& path, Space& space) override;
};

}  // namespace rs::spool
