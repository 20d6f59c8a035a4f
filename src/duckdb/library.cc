#include "duckdb/library.h"

#include <climits>
#include <string>

#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mutex.h"

namespace rs::duckdb {
namespace {

Mutex load_mutex;
DuckdbLibrary loaded;

// Asked for by its full path: a sanitizer's dlopen() does not see the program's RPATH.
std::string path_beside_program() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof(path));
  std::string program(path, length > 0 ? static_cast<std::size_t>(length) : 0);
  program.resize(program.rfind('/') + 1);
  return program + "libduckdb.so";
}

// Null when `handle` lacks a function of the table; `missing` is its name then.
bool look_up(void* handle, DuckdbLibrary& table, const char*& missing) {
#define RS_DUCKDB_LOOK_UP(name)                                                  \
  missing = "duckdb_" #name;                                                     \
  table.name = reinterpret_cast<decltype(table.name)>(::dlsym(handle, missing)); \
  if (table.name == nullptr) return false;
  RS_DUCKDB_FUNCTIONS(RS_DUCKDB_LOOK_UP)
#undef RS_DUCKDB_LOOK_UP
  return true;
}

// One loaded object; not zero when it is the one that has `address`, which ends the walk.
int release_if_has(dl_phdr_info* object, std::size_t, void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  const std::uintptr_t page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  bool has = false;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    const std::uintptr_t start = object->dlpi_addr + part.p_vaddr;
    has = has || (part.p_type == PT_LOAD && wanted >= start && wanted - start < part.p_memsz);
  }
  for (int i = 0; has && i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    // What was written to exists in memory only.
    if (part.p_type != PT_LOAD || (part.p_flags & PF_W) != 0) continue;
    const std::uintptr_t start = (object->dlpi_addr + part.p_vaddr + page - 1) / page * page;
    const std::uintptr_t end = (object->dlpi_addr + part.p_vaddr + part.p_memsz) / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    if (end > start) ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return has ? 1 : 0;
}

}  // namespace

void release_start_pages() {
  ::dl_iterate_phdr(&release_if_has, reinterpret_cast<void*>(loaded.open_ext));
}

Result<void> load_duckdb() {
  static void* handle = nullptr;
  const MutexLock lock(load_mutex);
  if (handle != nullptr) return {};

  const std::string beside = path_beside_program();
  void* opened = ::dlopen(beside.c_str(), RTLD_LAZY | RTLD_LOCAL);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps the text per thread.
  const std::string why = opened == nullptr ? ::dlerror() : "";
  if (opened == nullptr) opened = ::dlopen("libduckdb.so", RTLD_LAZY | RTLD_LOCAL);
  if (opened == nullptr) {
    return fail(ErrorCode::kRefused,
                fmt::format("the local store needs libduckdb.so 1.4, which belongs beside the "
                            "program: {}",
                            why));
  }
  const char* missing = nullptr;
  if (!look_up(opened, loaded, missing)) {
    ::dlclose(opened);
    return fail(ErrorCode::kRefused,
                fmt::format("{} has no function {}: it is not DuckDB 1.4", beside, missing));
  }
  handle = opened;
  return {};
}

const DuckdbLibrary& library() {
  return loaded;
}

}  // namespace rs::duckdb
