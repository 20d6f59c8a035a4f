#include "app/device_data.h"

#include <filesystem>
#include <string>

#include <fmt/core.h>

namespace rs::app {
namespace {

constexpr std::string_view kNone = "none";
// Beyond those that browsers send unasked (Sec-CH-UA, -Mobile, -Platform).
constexpr std::string_view kHints =
    "Sec-CH-UA-Full-Version-List, Sec-CH-UA-Platform-Version, Sec-CH-UA-Model, Sec-CH-UA-Arch, "
    "Sec-CH-UA-Bitness, Sec-CH-UA-Form-Factors";

}  // namespace

Result<std::unique_ptr<device::DeviceData>> open_device_data(
    const settings::Settings::Device& settings) {
  if (settings.database == kNone) return std::unique_ptr<device::DeviceData>();
  const std::filesystem::path path = settings.database;
  auto data = device::DeviceData::open(path.empty() ? device::DeviceData::beside_program() : path);
  if (data) return data;
  return fail(data.error().code,
              fmt::format("{}. Name another in DEVICE__DATABASE, or set that to none to store "
                          "events without device detection",
                          data.error().message));
}

std::string hint_lines(const settings::Settings::Device& settings) {
  std::string lines;
  if (settings.accept_hints) lines += fmt::format("Accept-CH: {}\r\n", kHints);
  if (settings.critical_hints) lines += fmt::format("Critical-CH: {}\r\n", kHints);
  return lines;
}

}  // namespace rs::app
