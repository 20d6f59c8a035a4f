#pragma once
// The device database that the settings name, opened.

#include <memory>

#include "base/result.h"
#include "device/detector.h"
#include "settings/settings.h"

namespace rs::app {

// Null when the settings want none. An Error says what is wrong with the file, and what to do.
[[nodiscard]] Result<std::unique_ptr<device::DeviceData>> open_device_data(
    const settings::Settings::Device& settings);

// The response lines that ask browsers for client hints; empty when the settings want none.
[[nodiscard]] std::string hint_lines(const settings::Settings::Device& settings);

}  // namespace rs::app
