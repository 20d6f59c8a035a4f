#include "device/device_parsers.h"

#include <array>
#include <optional>

#include "device/match.h"
#include "device/restored_user_agent.h"

namespace rs::device {
namespace {

struct Asked {
  const Detectors& known;
  const ClientHints& hints;
  Subject& original;
  Subject& restored;
  Arena& arena;
};

// The first of the form factors that hints name, in Matomo's order.
DeviceType type_of_form(unsigned form_factors) {
  constexpr std::array<DeviceType, 7> kTypes = {DeviceType::kCarBrowser, DeviceType::kWearable,
                                                DeviceType::kWearable,   DeviceType::kSmartphone,
                                                DeviceType::kTablet,     DeviceType::kDesktop,
                                                DeviceType::kTablet};
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if ((form_factors & (1U << i)) != 0) return kTypes[i];
  }
  return DeviceType::kNone;
}

// The records of all lists of devices stand together, as the lists do here.
constexpr std::array<List, 8> kLists = {
    List::kTelevisions, List::kShellTvs, List::kNotebooks,       List::kConsoles,
    List::kCarBrowsers, List::kCameras,  List::kPortablePlayers, List::kMobiles};

const Brand& brand_record(const Detectors& known, List list, std::uint32_t index) {
  std::uint32_t before = 0;
  for (const List earlier : kLists) {
    if (earlier == list) break;
    before += known.database.list(earlier).patterns.count;
  }
  return known.database.records<Brand>(Section::kBrands)[before + index];
}

void set_brand(const Database& database, Text name, DeviceFound& device) {
  device.brand = database.text(name);
  if (device.brand == "Unknown") device.brand = "";
}

void find_model(const Asked& asked, const Brand& brand, DeviceFound& device) {
  const Database& database = asked.known.database;
  const auto index = asked.restored.first_model(brand);
  if (index == kNoMatch) {
    device.model = "";
    return;
  }
  const Model& model = database.records<Model>(Section::kModels)[brand.models.first + index];
  device.model = build_model(database.text(model.model), asked.restored.captures(), asked.arena);
  if (model.brand.present()) set_brand(database, model.brand, device);
  if (model.type != DeviceType::kNone) device.type = model.type;
}

// What all parsers do with their list. Nothing: the next parser is asked.
std::optional<DeviceFound> ask_list(const Asked& asked, List list) {
  DeviceFound device{DeviceType::kNone, "", ""};
  const bool has_model_hint = !is_empty(asked.hints.model());
  if (has_model_hint) {
    device.type = type_of_form(asked.hints.form_factors());
    device.model = asked.hints.model();
  } else if (is_reduced_android(asked.original) || is_desktop_fragment(asked.original)) {
    return device;
  }
  const auto index = asked.restored.first(list);
  if (index == kNoMatch) return has_model_hint ? std::optional(device) : std::nullopt;
  const Brand& brand = brand_record(asked.known, list, index);
  const Database& database = asked.known.database;
  set_brand(database, brand.name, device);
  device.type = brand.type;
  device.model = brand.model.present() ? build_model(database.text(brand.model),
                                                     asked.restored.captures(), asked.arena)
                                       : "";
  if (brand.has_models) find_model(asked, brand, device);
  return device;
}

// Televisions say so in a word; then they are that even when nobody knows the brand.
DeviceFound ask_television(const Asked& asked, List list, bool always_television) {
  auto device = ask_list(asked, list).value_or(DeviceFound{DeviceType::kNone, "", ""});
  if (always_television || device.type == DeviceType::kNone) device.type = DeviceType::kTv;
  return device;
}

DeviceFound ask_parsers(const Asked& asked) {
  if (asked.original.matches(Heuristic::kHbbTv)) {
    return ask_television(asked, List::kTelevisions, false);
  }
  if (asked.original.matches(Heuristic::kShellTv)) {
    return ask_television(asked, List::kShellTvs, true);
  }
  if (asked.original.matches(Heuristic::kNotebook)) {
    if (const auto device = ask_list(asked, List::kNotebooks)) return *device;
  }
  for (const List list :
       {List::kConsoles, List::kCarBrowsers, List::kCameras, List::kPortablePlayers}) {
    if (!asked.original.any(list)) continue;
    if (const auto device = ask_list(asked, list)) return *device;
  }
  return ask_list(asked, List::kMobiles).value_or(DeviceFound{DeviceType::kNone, "", ""});
}

}  // namespace

DeviceFound find_device(const Detectors& known, const ClientHints& hints, Subject& original,
                        Subject& restored, Arena& arena) {
  auto device = ask_parsers({known, hints, original, restored, arena});
  if (device.model.empty() && !hints.model().empty()) device.model = hints.model();
  if (device.brand.empty()) {
    const auto index = original.first(List::kVendorFragments);
    if (index != kNoMatch) {
      device.brand =
          known.database.text(known.database.records<Text>(Section::kVendorFragments)[index]);
    }
  }
  return device;
}

}  // namespace rs::device
