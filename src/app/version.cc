#include "app/version.h"

#include <fmt/format.h>

#include "duckdb/store.h"
#include "enrich/public_suffixes.h"

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
  const auto& suffixes = enrich::public_suffix_list();
  line("real-streaming", version());
  line("commit", commit());
  line("build type", RS_BUILD_TYPE);
  line("compiler", kCompiler);
  const auto duckdb = duckdb::duckdb_version();
  line("DuckDB", duckdb ? *duckdb : "not found: WRITERS__STRATEGY=local and query need it");
  line("public suffix list", fmt::format("{} (tldts {}, {} names)", suffixes.date, suffixes.version,
                                         suffixes.rules.size()));
  return out;
}

}  // namespace rs::app
