// A library to preload (LD_PRELOAD) into the real program: the system calls it makes on files below
// a folder of its data fail, wait, or are its last. For the tests of what survives.
//
//   DISK_FAULTS=[FOLDER/]CALL:N:ACTION   the N-th such call (from 1; 0: each one) does ACTION
//   DISK_FAULTS_FILE=path                a file that holds the same, read before each call; it may
//                                        come and go, and N is then counted for the whole run
//   FOLDER  spool, if it is not named; dead-letters
//   CALL    open (creating), posix_fallocate, pwrite, fdatasync, fsync, ftruncate, unlink,
//           rename, or any (of these); pread
//   ACTION  kill-before, kill-after (SIGKILL), kill-torn (after the first half of a pwrite),
//           slow=MILLISECONDS, or the number of an errno, which a call returns without being made;
//           errno@BYTE: only where that byte would be read

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

struct Fault {
  char folder[32] = "spool";
  char call[32] = "";
  long at = 0;
  char action[32] = "";
};

bool parse(const char* text, Fault& fault) {
  if (text == nullptr) return false;
  if (const char* slash = std::strchr(text, '/')) {
    const auto size = static_cast<std::size_t>(slash - text);
    if (size >= sizeof fault.folder) return false;
    std::memcpy(fault.folder, text, size);
    fault.folder[size] = '\0';
    text = slash + 1;
  }
  return std::sscanf(text, "%31[^:]:%ld:%31s", fault.call, &fault.at, fault.action) == 3;
}

bool current_fault(Fault& fault) {
  if (const char* path = std::getenv("DISK_FAULTS_FILE")) {
    char text[96] = "";
    if (std::FILE* file = std::fopen(path, "r")) {
      const std::size_t size = std::fread(text, 1, sizeof text - 1, file);
      text[size] = '\0';
      std::fclose(file);
    }
    return parse(text, fault);
  }
  return parse(std::getenv("DISK_FAULTS"), fault);
}

// What a call is made on.
class Target {
 public:
  explicit Target(const char* path) : path_(path) {}
  explicit Target(int file) {
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = readlink(link, path, sizeof path);
    if (size > 0) path_.assign(path, static_cast<std::size_t>(size));
  }
  bool is_in(const char* folder) const {
    const auto below = std::string("/") + folder;
    return path_.find(below + "/") != std::string::npos || path_.ends_with(below);
  }

 private:
  std::string path_;
};

std::atomic<long> calls{0};

// What befalls this call. `error` is set when it must not be made.
class Fate {
 public:
  // `begin` and `end`: the bytes of the file that the call is about.
  Fate(const char* call, const Target& target, off_t begin = 0, off_t end = 0) {
    Fault fault;
    if (!current_fault(fault) || !target.is_in(fault.folder)) return;
    const bool writes = std::strcmp(call, "pread") != 0;
    const bool named = std::strcmp(fault.call, call) == 0;
    if (!named && !(writes && std::strcmp(fault.call, "any") == 0)) return;
    const char* byte = std::strchr(fault.action, '@');
    if (byte != nullptr && (std::atol(byte + 1) < begin || std::atol(byte + 1) >= end)) return;
    const long number = ++calls;
    if (fault.at != 0 && number != fault.at) return;
    const std::string_view action = fault.action;
    if (action == "kill-before") kill(getpid(), SIGKILL);
    is_torn = action == "kill-torn";
    kill_after_ = is_torn || action == "kill-after";
    if (action.starts_with("slow=")) {
      const long milliseconds = std::atol(fault.action + 5);
      const timespec pause{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
      nanosleep(&pause, nullptr);
    }
    error = std::atoi(fault.action);
  }
  ~Fate() {
    if (kill_after_) kill(getpid(), SIGKILL);
  }
  int error = 0;
  bool is_torn = false;

 private:
  bool kill_after_ = false;
};

template <class Result, class Call>
Result make(const Fate& fate, Call call) {
  if (fate.error == 0) return call();
  errno = fate.error;
  return -1;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  static auto* const real = next<int(const char*, int, ...)>("open");
  if ((flags & O_CREAT) == 0) return real(path, flags, mode);
  return make<int>(Fate("open", Target(path)), [&] { return real(path, flags, mode); });
}

int posix_fallocate(int file, off_t offset, off_t size) {
  static auto* const real = next<int(int, off_t, off_t)>("posix_fallocate");
  const Fate fate("posix_fallocate", Target(file));
  return fate.error != 0 ? fate.error : real(file, offset, size);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const Fate fate("pwrite", Target(file));
  constexpr std::size_t kBlock = 4096;  // O_DIRECT takes whole ones only.
  const std::size_t part = fate.is_torn ? size / 2 / kBlock * kBlock : size;
  return make<ssize_t>(fate, [&] { return real(file, bytes, part, offset); });
}

ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  static auto* const real = next<ssize_t(int, void*, size_t, off_t)>("pread");
  return make<ssize_t>(Fate("pread", Target(file), offset, offset + static_cast<off_t>(size)),
                       [&] { return real(file, bytes, size, offset); });
}

int fdatasync(int file) {
  static auto* const real = next<int(int)>("fdatasync");
  return make<int>(Fate("fdatasync", Target(file)), [&] { return real(file); });
}

int fsync(int file) {
  static auto* const real = next<int(int)>("fsync");
  return make<int>(Fate("fsync", Target(file)), [&] { return real(file); });
}

int ftruncate(int file, off_t size) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return make<int>(Fate("ftruncate", Target(file)), [&] { return real(file, size); });
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return make<int>(Fate("unlink", Target(path)), [&] { return real(path); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return make<int>(Fate("rename", Target(from)), [&] { return real(from, to); });
}

}  // extern "C"
#pragma GCC visibility pop
