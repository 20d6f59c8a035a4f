#include "device/post_rules.h"

#include <algorithm>
#include <array>

#include "device/browser.h"
#include "device/heuristics.h"
#include "device/version_compare.h"

namespace rs::device {
namespace {

template <std::size_t kSize>
bool is_one_of(std::string_view text, const std::array<std::string_view, kSize>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Matomo's own ways to ask what it has found so far.
class Conclusion {
 public:
  Conclusion(const Detectors& known, Subject& original, Detection& detection)
      : known_(known),
        words_(original),
        system_(detection.has_system ? detection.system.name : std::string_view("UNK")),
        family_(detection.system.family),
        version_(detection.system.version),
        client_(detection.client),
        device_(detection.device),
        has_system_(detection.has_system),
        is_mobile_only_(is_mobile_only(known, detection.client)) {}

  void brand_of_system();
  void type_of_phone();
  void type_of_named_device();
  void type_of_old_android();
  void type_of_other_phone();
  void type_of_television();
  void type_of_desktop();

  [[nodiscard]] bool is_desktop() const;
  [[nodiscard]] bool is_mobile(const ClientHints& hints) const;

 private:
  [[nodiscard]] bool untyped() const { return device_.type == DeviceType::kNone; }
  [[nodiscard]] bool says(Heuristic heuristic) { return words_.matches(heuristic); }
  void puffin();
  [[nodiscard]] bool is_television_client() const;

  const Detectors& known_;
  Subject& words_;
  std::string_view system_, family_, version_;
  const ClientFound& client_;
  DeviceFound& device_;
  bool has_system_, is_mobile_only_;
};

// Rules 1 to 3.
void Conclusion::brand_of_system() {
  static constexpr std::array<std::string_view, 5> kApple = {"iPadOS", "tvOS", "watchOS", "iOS",
                                                             "Mac"};
  const bool is_apple = is_one_of(system_, kApple);
  if (device_.brand == "Apple" && !is_apple) device_ = {DeviceType::kNone, "", ""};
  if (device_.brand.empty() && is_apple) device_.brand = "Apple";
  if (device_.brand.empty() && system_ == "ThinOS") device_.brand = "Dell";
}

// Rules 4 to 6.
void Conclusion::type_of_phone() {
  if (untyped() && says(Heuristic::kVirtualReality)) device_.type = DeviceType::kWearable;
  if (untyped() && family_ == "Android" && says(Heuristic::kChrome)) {
    device_.type = says(Heuristic::kMobile) ? DeviceType::kSmartphone : DeviceType::kTablet;
  }
  if (device_.type == DeviceType::kSmartphone && says(Heuristic::kPadApad)) {
    device_.type = DeviceType::kTablet;
  }
}

// Rules 7 and 8.
void Conclusion::type_of_named_device() {
  if (untyped() && (says(Heuristic::kAndroidTablet) || says(Heuristic::kOperaTablet))) {
    device_.type = DeviceType::kTablet;
  }
  if (untyped() && says(Heuristic::kAndroidMobile)) device_.type = DeviceType::kSmartphone;
}

// Rule 9: Android 3 was for tablets, before it there were only phones.
void Conclusion::type_of_old_android() {
  if (!untyped() || system_ != "Android" || version_.empty()) return;
  if (compare_versions(version_, "2.0") < 0) {
    device_.type = DeviceType::kSmartphone;
  } else if (compare_versions(version_, "3.0") >= 0 && compare_versions(version_, "4.0") < 0) {
    device_.type = DeviceType::kTablet;
  }
}

// Rules 10 to 14.
void Conclusion::type_of_other_phone() {
  if (device_.type == DeviceType::kFeaturePhone && family_ == "Android") {
    device_.type = DeviceType::kSmartphone;
  }
  if (untyped() && system_ == "Java ME") device_.type = DeviceType::kFeaturePhone;
  if (system_ == "KaiOS") device_.type = DeviceType::kFeaturePhone;
  const bool has_touch_windows =
      system_ == "Windows RT" || (system_ == "Windows" && compare_versions(version_, "8") >= 0);
  if (untyped() && has_touch_windows && says(Heuristic::kTouch)) {
    device_.type = DeviceType::kTablet;
  }
  puffin();
}

void Conclusion::puffin() {
  if (untyped() && says(Heuristic::kPuffinDesktop)) device_.type = DeviceType::kDesktop;
  if (untyped() && says(Heuristic::kPuffinSmartphone)) device_.type = DeviceType::kSmartphone;
  if (untyped() && says(Heuristic::kPuffinTablet)) device_.type = DeviceType::kTablet;
}

bool Conclusion::is_television_client() const {
  if (client_.type == ClientType::kNone) return false;
  const auto clients = known_.database.records<Text>(Section::kTelevisionClients);
  return std::any_of(clients.begin(), clients.end(),
                     [this](Text client) { return known_.database.text(client) == client_.name; });
}

// Rules 15 to 21.
void Conclusion::type_of_television() {
  if (says(Heuristic::kOperaTvStore)) device_.type = DeviceType::kTv;
  if (system_ == "Coolita OS") {
    device_.type = DeviceType::kTv;
    device_.brand = "coocaa";
  }
  if (system_ == "VIDAA") device_.type = DeviceType::kTv;
  if (device_.type != DeviceType::kTv && device_.type != DeviceType::kWearable &&
      device_.type != DeviceType::kPeripheral && says(Heuristic::kAndroidTv)) {
    device_.type = DeviceType::kTv;
  }
  if (untyped() && says(Heuristic::kTizenTv)) device_.type = DeviceType::kTv;
  if (is_television_client()) device_.type = DeviceType::kTv;
  if (untyped() && says(Heuristic::kTvParenthesis)) device_.type = DeviceType::kTv;
}

// Rules 22 and 23.
void Conclusion::type_of_desktop() {
  if (device_.type != DeviceType::kDesktop && says(Heuristic::kDesktopFragment)) {
    device_.type = DeviceType::kDesktop;
  }
  if (untyped() && is_desktop()) device_.type = DeviceType::kDesktop;
}

bool Conclusion::is_desktop() const {
  static constexpr std::array<std::string_view, 9> kFamilies = {
      "AmigaOS", "IBM", "GNU/Linux", "Mac", "Unix", "Windows", "BeOS", "Chrome OS", "OpenVMS"};
  return has_system_ && !is_mobile_only_ && is_one_of(family_, kFamilies);
}

bool Conclusion::is_mobile(const ClientHints& hints) const {
  if (hints.mobile()) return true;
  switch (device_.type) {
    case DeviceType::kFeaturePhone:
    case DeviceType::kSmartphone:
    case DeviceType::kTablet:
    case DeviceType::kPhablet:
    case DeviceType::kCamera:
    case DeviceType::kPortableMediaPlayer:
      return true;
    case DeviceType::kTv:
    case DeviceType::kSmartDisplay:
    case DeviceType::kConsole:
      return false;
    default:
      break;
  }
  if (is_mobile_only_) return true;
  return has_system_ && !is_desktop();
}

}  // namespace

void conclude(const Detectors& known, const ClientHints& hints, Subject& original,
              Detection& detection) {
  Conclusion conclusion(known, original, detection);
  conclusion.brand_of_system();
  conclusion.type_of_phone();
  conclusion.type_of_named_device();
  conclusion.type_of_old_android();
  conclusion.type_of_other_phone();
  conclusion.type_of_television();
  conclusion.type_of_desktop();
  detection.is_desktop = conclusion.is_desktop();
  detection.is_mobile = conclusion.is_mobile(hints);
  detection.is_touch = original.matches(Heuristic::kTouch);
}

}  // namespace rs::device
