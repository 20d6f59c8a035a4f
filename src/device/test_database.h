#pragma once
// For tests: the device database that the build has made, opened once for the program, and the
// reference answers of ../shared, which most machines do not have.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "device/detector.h"

namespace rs::device {

inline const DeviceData& test_data() {
  static const std::unique_ptr<DeviceData> data = [] {
    auto opened = DeviceData::open(RS_DEVICE_DATABASE);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }();
  return *data;
}

inline std::unique_ptr<Detector> test_detector(Search search = Search::kFast) {
  auto made = Detector::create(test_data(), search);
  if (!made) throw std::runtime_error(made.error().message);
  return std::move(*made);
}

// RS_SHARED, else the folder `shared` beside the repository, or beside a folder that it lies in.
inline std::optional<std::filesystem::path> reference_answers() {
  if (const char* shared = std::getenv("RS_SHARED")) {
    return std::filesystem::path(shared) / "data/device";
  }
  for (std::filesystem::path at = RS_SOURCE_DIR; at.has_relative_path(); at = at.parent_path()) {
    const auto found = at.parent_path() / "shared/data/device";
    if (std::filesystem::is_directory(found)) return found;
  }
  return std::nullopt;
}

}  // namespace rs::device
