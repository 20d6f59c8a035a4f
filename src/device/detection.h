#pragma once
// What is known of a client, in Matomo's terms (its DeviceDetector::getInfoFromUserAgent). Plain
// data; the views point into the database, into the texts that were asked about, or into the
// detector's memory: valid until its next answer. Versions are as found, not shortened.

#include <cstdint>
#include <string_view>

#include "device/format.h"

namespace rs::device {

enum class ClientType : std::uint8_t {
  kNone,
  kFeedReader,
  kMobileApp,
  kMediaPlayer,
  kPim,
  kBrowser,
  kLibrary,
};

struct BotFound {
  std::string_view name;
  // Null data() where Matomo says nothing.
  std::string_view category, url, producer_name, producer_url;
};

struct SystemFound {
  std::string_view name, short_name, version, platform, family;
};

struct ClientFound {
  ClientType type = ClientType::kNone;
  std::string_view name, version;
  std::string_view short_name, engine, engine_version, family;  // Of browsers.
};

struct DeviceFound {
  DeviceType type = DeviceType::kNone;
  std::string_view brand, model;
};

struct Detection {
  bool is_bot = false;  // Then there is nothing but the bot.
  BotFound bot;
  bool has_system = false;
  SystemFound system;
  ClientFound client;
  DeviceFound device;
  bool is_mobile = false, is_desktop = false, is_touch = false;
};

// "smartphone", "smart display"; empty for kNone.
[[nodiscard]] std::string_view name_of(DeviceType type);
// "browser", "mobile app"; empty for kNone.
[[nodiscard]] std::string_view name_of(ClientType type);

}  // namespace rs::device
