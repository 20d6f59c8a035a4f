#pragma once
// Step 2: with what. The language, the User-Agent itself, and what the detector knows of both
// it and the client hints: category, brand, model, system, browser, bot.
//
// category is desktop, mobile (smartphone, feature phone, phablet), tablet, smart tv, bot, Matomo's
// own word for other types (wearable, console, ...), or unknown. The browser is whatever program
// asks: an app or a library is one too. Versions are stored as found. mobile_marketing_name and
// mobile_os_hardware_model repeat the model, as this service always did.
//
// Not thread-safe: one per request thread, for the detector's memory. Warm, it does not allocate.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/arena.h"
#include "device/cached_detector.h"
#include "enrich/page.h"
#include "event/facts.h"
#include "event/payload.h"
#include "row/row.h"

namespace rs::enrich {

struct DeviceSettings {
  const device::DeviceData* data = nullptr;  // Outlives the step. Null: nothing is detected.
  std::size_t cache_entries = 8192;
};

enum class DeviceLookup : std::uint8_t { kNone, kCached, kDetected };

class DeviceStep {
 public:
  // Throws std::bad_alloc when there is no memory for a detector.
  explicit DeviceStep(const DeviceSettings& settings);

  // A device that the sender names is stored as it is, and nothing is detected.
  void add(const event::Payload& payload, const Page& page, const event::Facts& facts, Arena& arena,
           row::Row& row);
  // How the last answer was found.
  [[nodiscard]] DeviceLookup lookup() const { return lookup_; }

 private:
  void detect(const event::Facts& facts, Arena& arena, row::Device& device);

  const device::DeviceData* data_;
  std::unique_ptr<device::CachedDetector> detector_;
  DeviceLookup lookup_ = DeviceLookup::kNone;
};

}  // namespace rs::enrich
