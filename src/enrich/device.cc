#include "enrich/device.h"

#include <new>
#include <optional>
#include <string_view>

#include "enrich/accept_language.h"
#include "enrich/clean_text.h"

namespace rs::enrich {
namespace {

using device::DeviceType, device::Hint;

device::Question question_of(const event::Facts& facts) {
  device::Question question{facts.user_agent, {}};
  question[Hint::kArchitecture] = facts.ch_ua_arch;
  question[Hint::kBitness] = facts.ch_ua_bitness;
  question[Hint::kMobile] = facts.ch_ua_mobile;
  question[Hint::kModel] = facts.ch_ua_model;
  question[Hint::kFullVersion] = facts.ch_ua_full_version;
  question[Hint::kPlatform] = facts.ch_ua_platform;
  question[Hint::kPlatformVersion] = facts.ch_ua_platform_version;
  question[Hint::kBrands] = facts.ch_ua;
  question[Hint::kFullVersionList] = facts.ch_ua_full_version_list;
  question[Hint::kApp] = facts.requested_with;
  question[Hint::kFormFactors] = facts.ch_ua_form_factors;
  return question;
}

std::string_view category_of(DeviceType type) {
  switch (type) {
    case DeviceType::kSmartphone:
    case DeviceType::kFeaturePhone:
    case DeviceType::kPhablet:
      return "mobile";
    case DeviceType::kTv:
      return "smart tv";
    case DeviceType::kNone:
      return "unknown";
    default:
      return device::name_of(type);
  }
}

}  // namespace

DeviceStep::DeviceStep(const DeviceSettings& settings) : data_(settings.data) {
  if (settings.data == nullptr) return;
  auto detector = device::CachedDetector::create(*settings.data, settings.cache_entries);
  // DeviceData::open() has made one already, so that only memory can be missing.
  if (!detector) throw std::bad_alloc();
  detector_ = std::move(*detector);
}

void DeviceStep::add(const event::Payload& payload, const Page& page, const event::Facts& facts,
                     Arena& arena, row::Row& row) {
  lookup_ = DeviceLookup::kNone;
  const auto language = payload.language.empty()
                            ? preferred_language(facts.accept_language, arena)
                            : clean_text(payload.language, kLanguageTagMax, arena);
  if (language.empty() && facts.user_agent.empty() && page.hostname.empty() &&
      payload.device == nullptr && detector_ == nullptr) {
    return;
  }
  row::Device& device = row.device.emplace();
  if (payload.device != nullptr) device = *payload.device;
  if (!language.empty() && !device.language) device.language = language;
  if (!facts.user_agent.empty()) {
    device.user_agent = clean_text(facts.user_agent, kUserAgentMax, arena);
  }
  if (detector_ != nullptr && payload.device == nullptr) detect(facts, arena, device);
  if (page.hostname.empty()) return;
  if (!device.web_info) device.web_info.emplace();
  device.web_info->hostname = page.hostname;
}

void DeviceStep::detect(const event::Facts& facts, Arena& arena, row::Device& device) {
  // Nothing for what is not known. The database's texts are fit for a row, those of a request may
  // not be.
  const auto shown = [&](std::string_view text) -> std::optional<std::string_view> {
    if (text.empty()) return std::nullopt;
    return data_->owns(text) ? text : clean_text(text, kDeviceTextMax, arena);
  };
  const device::Detection& found = detector_->detect(question_of(facts));
  lookup_ = detector_->was_cached() ? DeviceLookup::kCached : DeviceLookup::kDetected;
  device.is_bot = found.is_bot;
  if (found.is_bot) {
    device.category = "bot";
    device.bot_name = shown(found.bot.name);
    return;
  }
  device.category = category_of(found.device.type);
  device.mobile_brand_name = shown(found.device.brand);
  device.mobile_model_name = shown(found.device.model);
  device.mobile_marketing_name = device.mobile_os_hardware_model = device.mobile_model_name;
  if (found.has_system) {
    device.operating_system = shown(found.system.name);
    device.operating_system_version = shown(found.system.version);
  }
  if (found.client.type == device::ClientType::kNone) return;
  if (!device.web_info) device.web_info.emplace();
  device.web_info->browser = shown(found.client.name);
  device.web_info->browser_version = shown(found.client.version);
}

}  // namespace rs::enrich
