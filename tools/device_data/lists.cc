// From the plain JSON of export.mjs to records and patterns.

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include <fmt/core.h>
#include <simdjson.h>

#include "builder.h"
#include "device/detection.h"
#include "device/heuristics.h"

namespace rs::device {
namespace {

using simdjson::dom::element;

std::string_view text_of(element value) {
  return value.get_string().value();
}

std::optional<std::string_view> optional_text(element value) {
  if (value.is_null()) return std::nullopt;
  return text_of(value);
}

DeviceType type_of(element value) {
  if (value.is_null()) return DeviceType::kNone;
  for (int i = 0; i < static_cast<int>(DeviceType::kNone); ++i) {
    if (name_of(static_cast<DeviceType>(i)) == text_of(value)) return static_cast<DeviceType>(i);
  }
  throw std::runtime_error(fmt::format("unknown device type {}", text_of(value)));
}

void read_bots(element data, Builder& builder) {
  builder.begin(List::kBots);
  for (const element entry : data["bots"].get_array()) {
    builder.add_pattern(text_of(entry["regex"]));
    Bot bot{.name = builder.text(text_of(entry["name"])),
            .category = builder.text(optional_text(entry["category"])),
            .url = builder.text(optional_text(entry["url"])),
            .producer_name = {},
            .producer_url = {}};
    if (!entry["producer"].is_null()) {
      bot.producer_name = builder.text(optional_text(entry["producer"]["name"]));
      bot.producer_url = builder.text(optional_text(entry["producer"]["url"]));
    }
    builder.bots.push_back(bot);
  }
}

void read_systems(element data, Builder& builder) {
  builder.begin(List::kSystems);
  std::vector<element> versions;
  for (const element entry : data["systems"].get_array()) {
    builder.add_pattern(text_of(entry["regex"]));
    System system{.name = builder.text(text_of(entry["name"])),
                  .version = builder.text(optional_text(entry["version"])),
                  .versions = {static_cast<std::uint32_t>(versions.size()), 0}};
    for (const element version : entry["versions"].get_array()) {
      versions.push_back(version);
      ++system.versions.count;
    }
    builder.systems.push_back(system);
  }
  builder.begin(List::kSystemVersions);
  for (const element version : versions) {
    builder.add_pattern(text_of(version["regex"]));
    builder.system_versions.push_back({builder.text(optional_text(version["name"])),
                                       builder.text(optional_text(version["version"]))});
  }
  builder.begin(List::kPlatforms);
  for (const BuiltIn& platform : kPlatforms) builder.add_pattern(platform.regex, platform.wrap);
}

void read_clients(element data, std::string_view name, List list, Builder& builder) {
  builder.begin(list);
  for (const element entry : data[name].get_array()) {
    builder.add_pattern(text_of(entry["regex"]));
    builder.clients.push_back(
        {builder.text(text_of(entry["name"])), builder.text(optional_text(entry["version"]))});
  }
}

void read_browsers(element data, Builder& builder) {
  builder.begin(List::kBrowsers);
  for (const element entry : data["browsers"].get_array()) {
    builder.add_pattern(text_of(entry["regex"]));
    Browser browser{.name = builder.text(text_of(entry["name"])),
                    .version = builder.text(text_of(entry["version"])),
                    .engine = {},
                    .engines = {static_cast<std::uint32_t>(builder.engine_steps.size()), 0}};
    if (!entry["engine"].is_null()) {
      browser.engine = builder.text(text_of(entry["engine"]["default"]));
      for (const element step : entry["engine"]["versions"].get_array()) {
        builder.engine_steps.push_back(
            {builder.text(text_of(step.at(0))), builder.text(text_of(step.at(1)))});
        ++browser.engines.count;
      }
    }
    builder.browsers.push_back(browser);
  }
}

void read_engines(element data, Builder& builder) {
  builder.begin(List::kEngines);
  for (const element entry : data["engines"].get_array()) {
    const auto name = text_of(entry["name"]);
    if (std::none_of(kEngineWords.begin(), kEngineWords.end(),
                     [name](const EngineWords& row) { return row.engine == name; })) {
      throw std::runtime_error(fmt::format("unknown engine {}", name));
    }
    builder.add_pattern(text_of(entry["regex"]));
    builder.engines.push_back({builder.text(name)});
  }
}

// The models' patterns follow when all lists of brands have been read.
void read_devices(element data, std::string_view name, List list, Builder& builder,
                  std::vector<std::string_view>& model_regexes) {
  builder.begin(list);
  for (const element entry : data[name].get_array()) {
    builder.add_pattern(text_of(entry["regex"]));
    Brand brand{.name = builder.text(text_of(entry["brand"])),
                .model = builder.text(optional_text(entry["model"])),
                .models = {static_cast<std::uint32_t>(builder.models.size()), 0},
                .set = kNoSet,
                .type = type_of(entry["device"]),
                .has_models = !entry["models"].is_null()};
    if (brand.has_models) {
      for (const element model : entry["models"].get_array()) {
        model_regexes.push_back(text_of(model["regex"]));
        builder.models.push_back({builder.text(text_of(model["model"])),
                                  builder.text(optional_text(model["brand"])),
                                  type_of(model["device"])});
        ++brand.models.count;
      }
    }
    builder.brands.push_back(brand);
  }
}

void read_own_patterns(element data, Builder& builder) {
  builder.begin(List::kVendorFragments);
  for (const element entry : data["vendor_fragments"].get_array()) {
    builder.add_pattern(std::string(text_of(entry["regex"])) + "[^a-z0-9]+");
    builder.vendor_fragments.push_back(builder.text(text_of(entry["brand"])));
  }
  builder.begin(List::kHeuristics);
  for (const BuiltIn& heuristic : kHeuristics) {
    builder.add_pattern(heuristic.regex, heuristic.wrap);
  }
}

// Parser/Client/Browser/Engine/Version.php: Gecko's own way, then one for each engine.
void add_engine_versions(Builder& builder) {
  builder.begin(List::kEngineVersions);
  builder.add_pattern(R"([ ](?:rv[: ]([0-9.]+)).*(?:g|cl)ecko/\d{8,10})", Wrap::kNone);
  for (const EngineWords& row : kEngineWords) {
    builder.add_pattern(
        fmt::format(R"((?:{})\s*[/_]?\s*((?(?=\d+\.\d)\d+[.\d]*|\d{{1,7}}(?=(?:\D|$)))))",
                    row.words),
        Wrap::kNone);
  }
}

void check_form_factors(element data) {
  constexpr std::array<std::string_view, 14> kKnown = {
      "automotive", "car browser", "xr",     "wearable", "watch",   "wearable", "mobile",
      "smartphone", "tablet",      "tablet", "desktop",  "desktop", "eink",     "tablet"};
  std::vector<std::string_view> found;
  for (const element pair : data["form_factors"].get_array()) {
    found.push_back(text_of(pair.at(0)));
    found.push_back(text_of(pair.at(1)));
  }
  if (!std::equal(found.begin(), found.end(), kKnown.begin(), kKnown.end())) {
    throw std::runtime_error("the form factors are not those of device/client_hints.h");
  }
}

bool is_integer(std::string_view text) {
  return text == "0" || (text[0] != '0' && std::all_of(text.begin(), text.end(), [](char c) {
                           return c >= '0' && c <= '9';
                         }));
}

void read_names(element data, const std::string& table, std::vector<Named>& out, Builder& builder) {
  std::set<std::string_view> mobile_only;
  if (table == "browser") {
    for (const element short_name : data["mobile_only_browsers"].get_array()) {
      // PHP turns such keys into numbers, and then they do not equal their text.
      if (!is_integer(text_of(short_name))) mobile_only.insert(text_of(short_name));
    }
  }
  for (const element pair : data[table + "_names"].get_array()) {
    const auto short_name = text_of(pair.at(0));
    Named named{.name = builder.text(text_of(pair.at(1))),
                .short_name = builder.text(short_name),
                .family = {},
                .mobile_only = mobile_only.count(short_name) > 0};
    for (const element family : data[table + "_families"].get_array()) {
      for (const element member : family.at(1).get_array()) {
        if (!named.family.present() && text_of(member) == short_name) {
          named.family = builder.text(text_of(family.at(0)));
        }
      }
    }
    out.push_back(named);
  }
}

void read_pairs(element data, std::string_view name, std::vector<Pair>& out, Builder& builder) {
  for (const element pair : data[name].get_array()) {
    out.push_back({builder.text(text_of(pair.at(0))), builder.text(text_of(pair.at(1)))});
  }
}

void read_tables(element data, Builder& builder) {
  check_form_factors(data);
  read_names(data, "system", builder.system_names, builder);
  read_names(data, "browser", builder.browser_names, builder);
  read_pairs(data, "hint_apps", builder.hint_apps, builder);
  read_pairs(data, "hint_browsers", builder.hint_browsers, builder);
  read_pairs(data, "fire_os_versions", builder.fire_os_versions, builder);
  read_pairs(data, "lineage_os_versions", builder.lineage_os_versions, builder);
  for (const element client : data["television_clients"].get_array()) {
    builder.television_clients.push_back(builder.text(text_of(client)));
  }
}

}  // namespace

void read_lists(const std::string& json_path, Builder& builder) {
  simdjson::dom::parser parser;
  const element data = parser.load(json_path);
  builder.source = text_of(data["source"]);
  std::vector<std::string_view> model_regexes;
  const auto clients = [&](std::string_view name, List list) {
    read_clients(data, name, list, builder);
  };
  const auto devices = [&](std::string_view name, List list) {
    read_devices(data, name, list, builder, model_regexes);
  };
  read_bots(data, builder);
  read_systems(data, builder);
  clients("feed_readers", List::kFeedReaders);
  clients("mobile_apps", List::kMobileApps);
  clients("media_players", List::kMediaPlayers);
  clients("pims", List::kPims);
  read_browsers(data, builder);
  clients("libraries", List::kLibraries);
  read_engines(data, builder);
  devices("televisions", List::kTelevisions);
  devices("shell_tvs", List::kShellTvs);
  devices("notebooks", List::kNotebooks);
  devices("consoles", List::kConsoles);
  devices("car_browsers", List::kCarBrowsers);
  devices("cameras", List::kCameras);
  devices("portable_players", List::kPortablePlayers);
  read_own_patterns(data, builder);
  devices("mobiles", List::kMobiles);
  add_engine_versions(builder);
  builder.begin(List::kModels);
  for (const auto regex : model_regexes) builder.add_pattern(regex);
  read_tables(data, builder);
}

}  // namespace rs::device
