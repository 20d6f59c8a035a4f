#include "device/detection.h"

#include <array>
#include <cstddef>

namespace rs::device {

std::string_view name_of(DeviceType type) {
  static constexpr std::array<std::string_view, 15> kNames = {
      "desktop", "smartphone",    "tablet",        "feature phone", "console",
      "tv",      "car browser",   "smart display", "camera",        "portable media player",
      "phablet", "smart speaker", "wearable",      "peripheral",    ""};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view name_of(ClientType type) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "", "feed reader", "mobile app", "mediaplayer", "pim", "browser", "library"};
  return kNames[static_cast<std::size_t>(type)];
}

}  // namespace rs::device
