// A library to preload (LD_PRELOAD) into the real program: the system calls it makes on files below
// a folder named `spool` fail, wait, or are its last. For the tests of what survives.
//
//   DISK_FAULTS=CALL:N:ACTION       the N-th such call (from 1; 0: each one) does ACTION
//   DISK_FAULTS_FILE=path           a file that holds the same, read before each call; it may come
//                                   and go, and N is then counted for the whole run
//   CALL    open (creating), posix_fallocate, pwrite, fdatasync, fsync, ftruncate, unlink,
//           rename, or any (of these); pread
//   ACTION  kill-before, kill-after (SIGKILL), kill-torn (after the first half of a pwrite), slow=MILLISECONDS, or the number of an errno, which
//           a call returns without being made

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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
  char call[32] = "";
  long at = 0;
  char action[32] = "";
};

bool parse(const char* text, Fault& fault) {
  return text != nullptr &&
         std::sscanf(text, "%31[^:]:%ld:%31s", fault.call, &fault.at, fault.action) == 3;
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

bool is_spool(const char* path) {
  return std::strstr(path, "/spool/") != nullptr || std::string_view(path).ends_with("/spool");
}

bool is_spool(int file) {
  char link[64], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return is_spool(path);
}

std::atomic<long> calls{0};

// What befalls this call. `error` is set when it must not be made.
class Fate {
 public:
  Fate(const char* call, bool concerned) {
    Fault fault;
    if (!concerned || !current_fault(fault)) return;
    const bool writes = std::strcmp(call, "pread") != 0;
    const bool named = std::strcmp(fault.call, call) == 0;
    if (!named && !(writes && std::strcmp(fault.call, "any") == 0)) return;
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
Result make(const char* name, bool concerned, Call call) {
  const Fate fate(name, concerned);
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
  return make<int>("open", (flags & O_CREAT) != 0 && is_spool(path),
                   [&] { return real(path, flags, mode); });
}

int posix_fallocate(int file, off_t offset, off_t size) {
  static auto* const real = next<int(int, off_t, off_t)>("posix_fallocate");
  const Fate fate("posix_fallocate", is_spool(file));
  return fate.error != 0 ? fate.error : real(file, offset, size);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const Fate fate("pwrite", is_spool(file));
  if (fate.error != 0) {
    errno = fate.error;
    return -1;
  }
  constexpr std::size_t kBlock = 4096;  // O_DIRECT takes whole ones only.
  return real(file, bytes, fate.is_torn ? size / 2 / kBlock * kBlock : size, offset);
}

ssize_t pread(int file, void* bytes, size_t size, off_t offset) {
  static auto* const real = next<ssize_t(int, void*, size_t, off_t)>("pread");
  return make<ssize_t>("pread", is_spool(file), [&] { return real(file, bytes, size, offset); });
}

int fdatasync(int file) {
  static auto* const real = next<int(int)>("fdatasync");
  return make<int>("fdatasync", is_spool(file), [&] { return real(file); });
}

int fsync(int file) {
  static auto* const real = next<int(int)>("fsync");
  return make<int>("fsync", is_spool(file), [&] { return real(file); });
}

int ftruncate(int file, off_t size) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return make<int>("ftruncate", is_spool(file), [&] { return real(file, size); });
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return make<int>("unlink", is_spool(path), [&] { return real(path); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return make<int>("rename", is_spool(from), [&] { return real(from, to); });
}

}  // extern "C"
#pragma GCC visibility pop
