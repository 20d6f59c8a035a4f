#pragma once
// User agent and client hints to bot, system, client and device, exactly as Matomo Device Detector
// decides (shared reference device.md section 1; matomo-org/device-detector, commit 3856a2869).
//   DeviceData   the database and what is derived from it: one for the program, immutable, any
//   thread Detector     one thread's memory for asking it: no locks, and no allocation once warm
// Texts beyond kTextMax bytes are cut, and a regex that would take too long on a text counts as not
// matching, so that a hostile one costs microseconds.

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "device/client_hints.h"
#include "device/detection.h"

namespace rs::device {

class DeviceData {
 public:
  [[nodiscard]] static Result<std::unique_ptr<DeviceData>> open(const std::filesystem::path& path);
  // The file that stands beside the running program: device.db in the same folder.
  [[nodiscard]] static std::filesystem::path beside_program();
  ~DeviceData();

  // Where the lists come from, such as "node-device-detector 2.2.7".
  [[nodiscard]] std::string_view source() const;
  // Whether a text lies in the database, and so stays valid as long as this.
  [[nodiscard]] bool owns(std::string_view text) const;

 private:
  friend class Detector;
  struct Parts;
  explicit DeviceData(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// How candidates are found; kPlain is the way to check the other with, thousands of times slower.
enum class Search : std::uint8_t { kFast, kPlain };

class Detector {
 public:
  // `data` outlives the detector.
  [[nodiscard]] static Result<std::unique_ptr<Detector>> create(const DeviceData& data,
                                                                Search search = Search::kFast);
  ~Detector();

  // Valid until the next call, and as long as the texts given.
  [[nodiscard]] const Detection& detect(std::string_view user_agent, const ClientHints& hints);

 private:
  struct Parts;
  explicit Detector(std::unique_ptr<Parts> parts);
  [[nodiscard]] bool detect_bot();

  std::unique_ptr<Parts> parts_;
};

}  // namespace rs::device
