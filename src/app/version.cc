#include "app/version.h"

#include <fmt/format.h>
#include <libpsl.h>

#include "base/text.h"
#include "duckdb/store.h"

namespace rs::app {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "Clang " __clang_version__;
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

}  // namespace

const char* version() {
  return RS_VERSION;
}

std::string version_text() {
  std::string out;
  const auto line = [&](std::string_view name, std::string_view value) {
    out += fmt::format("{:<20} {}\n", name, value);
  };
  // The list that libpsl was built with, which is the one in use.
  const std::string suffixes = format_utc(std::int64_t{psl_builtin_file_time()} * 1'000'000);
  line("real-streaming", version());
  line("commit", commit());
  line("build type", RS_BUILD_TYPE);
  line("compiler", kCompiler);
  const auto duckdb = duckdb::duckdb_version();
  line("DuckDB", duckdb ? *duckdb : "not found: WRITERS__STRATEGY=local and query need it");
  line("public suffix list", std::string_view(suffixes).substr(0, 10));
  return out;
}

}  // namespace rs::app
