#include "device/system_platform.h"

#include <algorithm>

#include "base/text.h"
#include "device/heuristics.h"

namespace rs::device {
namespace {

bool contains(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return ascii_lower(a) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

std::string_view name_of(Platform platform) {
  return kPlatformNames[static_cast<std::size_t>(platform)];
}

std::string_view by_architecture(std::string_view architecture, std::string_view bitness) {
  if (contains(architecture, "arm")) return name_of(Platform::kArm);
  if (contains(architecture, "loongarch64")) return name_of(Platform::kLoongArch64);
  if (contains(architecture, "mips")) return name_of(Platform::kMips);
  if (contains(architecture, "sh4")) return name_of(Platform::kSuperH);
  if (contains(architecture, "sparc64")) return name_of(Platform::kSparc64);
  const bool is_x86 = contains(architecture, "x86");
  if (contains(architecture, "x64") || (is_x86 && bitness == "64")) return name_of(Platform::kX64);
  return is_x86 ? name_of(Platform::kX86) : "";
}

}  // namespace

std::string_view find_platform(const ClientHints& hints, Subject& subject) {
  if (!hints.architecture().empty()) {
    const auto name = by_architecture(hints.architecture(), hints.bitness());
    if (!name.empty()) return name;
  }
  const auto index = subject.first(List::kPlatforms);
  return index == kNoMatch ? "" : kPlatformNames[index];
}

}  // namespace rs::device
