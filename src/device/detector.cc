#include "device/detector.h"

#include <algorithm>
#include <utility>

#include "base/arena.h"
#include "device/client.h"
#include "device/database.h"
#include "device/device_parsers.h"
#include "device/matcher.h"
#include "device/post_rules.h"
#include "device/restored_user_agent.h"
#include "device/subject.h"
#include "device/system.h"
#include "device/tables.h"

namespace rs::device {

struct DeviceData::Parts {
  explicit Parts(std::unique_ptr<Database> opened)
      : database(std::move(opened)), tables(*database), codes(*database) {}

  std::unique_ptr<Database> database;
  Tables tables;
  PatternCodes codes;
};

Result<std::unique_ptr<DeviceData>> DeviceData::open(const std::filesystem::path& path) {
  RS_TRY(auto database, Database::open(path));
  std::unique_ptr<DeviceData> data(new DeviceData(std::make_unique<Parts>(std::move(database))));
  // So that a machine that cannot detect is known at the start, not at the first event.
  RS_TRY(const auto tried, Detector::create(*data));
  return data;
}

std::filesystem::path DeviceData::beside_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "device.db";
}

DeviceData::DeviceData(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DeviceData::~DeviceData() = default;

std::string_view DeviceData::source() const {
  return parts_->database->source();
}

bool DeviceData::owns(std::string_view text) const {
  return parts_->database->owns(text);
}

struct Detector::Parts {
  Parts(const DeviceData::Parts& data, std::unique_ptr<Matcher> made)
      : known{*data.database, data.tables},
        matcher(std::move(made)),
        original(*data.database, *matcher),
        restored(*data.database, *matcher) {}

  Detectors known;
  std::unique_ptr<Matcher> matcher;
  Subject original, restored;
  Arena arena;
  Detection detection;
};

Result<std::unique_ptr<Detector>> Detector::create(const DeviceData& data, Search search) {
  const DeviceData::Parts& parts = *data.parts_;
  RS_TRY(auto matcher,
         Matcher::create(*parts.database, parts.codes,
                         search == Search::kFast ? Prefilter::kWords : Prefilter::kAll));
  return std::unique_ptr<Detector>(
      new Detector(std::make_unique<Parts>(parts, std::move(matcher))));
}

Detector::Detector(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Detector::~Detector() = default;

bool Detector::detect_bot() {
  const auto index = parts_->original.first(List::kBots);
  if (index == kNoMatch) return false;
  const Database& database = parts_->known.database;
  const Bot& bot = database.records<Bot>(Section::kBots)[index];
  parts_->detection.is_bot = true;
  parts_->detection.bot = {
      build_text(database.text(bot.name), parts_->original.captures(), parts_->arena),
      database.text(bot.category), database.text(bot.url), database.text(bot.producer_name),
      database.text(bot.producer_url)};
  return true;
}

const Detection& Detector::detect(std::string_view user_agent, const ClientHints& hints) {
  Parts& parts = *parts_;
  parts.arena.clear();
  parts.detection = Detection{};
  parts.detection.device = {DeviceType::kNone, "", ""};
  user_agent = user_agent.empty() ? "" : user_agent.substr(0, kTextMax);

  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!hints.present() && std::none_of(user_agent.begin(), user_agent.end(), is_letter)) {
    return parts.detection;
  }
  parts.matcher->begin();
  parts.original.reset(user_agent);
  if (detect_bot()) return parts.detection;

  Subject& restored = restore_user_agent(hints, parts.original, parts.restored, parts.arena);
  Detection& detection = parts.detection;
  detection.has_system = find_system(parts.known, hints, restored, parts.arena, detection.system);
  detection.client = find_client(parts.known, hints, parts.original, parts.arena);
  detection.device = find_device(parts.known, hints, parts.original, restored, parts.arena);
  conclude(parts.known, hints, parts.original, detection);
  return detection;
}

}  // namespace rs::device
