#include "app/version.h"

#include <fmt/format.h>

namespace rs::app {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "Clang " __clang_version__;
#else
constexpr const char* kCompiler = "GCC " __VERSION__;
#endif

}  // namespace

std::string version_text() {
  std::string out;
  const auto line = [&](const char* name, const char* value) {
    out += fmt::format("{:<20} {}\n", name, value);
  };
  line("real-streaming", RS_VERSION);
  line("commit", commit());
  line("build type", RS_BUILD_TYPE);
  line("compiler", kCompiler);
  return out;
}

}  // namespace rs::app
