#pragma once
// User-Agent Client Hints (wicg.github.io/ua-client-hints) and X-Requested-With, read as Matomo's
// ClientHints.php does (device.md section 1.1): from request headers, or from the members of
// navigator.userAgentData. Views into what was added; reused from request to request, so a warm one
// does not allocate. Values beyond kTextMax bytes are cut.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rs::device {

inline constexpr std::size_t kTextMax = 2048;  // Of the user agent too. The longest known has 593.

enum class Hint : std::uint8_t {
  kArchitecture,
  kBitness,
  kMobile,
  kModel,
  kFullVersion,
  kPlatform,
  kPlatformVersion,
  kBrands,  // Used when there is no full list.
  kFullVersionList,
  kApp,
  kFormFactors,
};

// Bits of form_factors(), in the order in which Matomo takes the first.
enum FormFactor : std::uint8_t {
  kAutomotive = 1,
  kXr = 2,
  kWatch = 4,
  kMobileForm = 8,
  kTabletForm = 16,
  kDesktopForm = 32,
  kEInk = 64,
};

class ClientHints {
 public:
  struct Brand {
    std::string_view name, version;
  };

  // The hint that a header or a member of text is; in any case, with - or _, perhaps after "http-".
  [[nodiscard]] static std::optional<Hint> find(std::string_view name);

  void clear();
  // There are hints, if only empty ones.
  void set_present() { present_ = true; }
  void add(Hint hint, std::string_view value);
  // For values that are not text: of kMobile, and items of the three lists.
  void add_mobile(bool mobile) { mobile_ = mobile; }
  void begin_brands(Hint list);
  void add_brand(std::string_view name, std::string_view version);
  void add_form_factor(std::string_view name);

  [[nodiscard]] bool present() const { return present_; }
  [[nodiscard]] std::string_view architecture() const { return architecture_; }
  [[nodiscard]] std::string_view bitness() const { return bitness_; }
  [[nodiscard]] bool mobile() const { return mobile_; }
  [[nodiscard]] std::string_view model() const { return model_; }
  [[nodiscard]] std::string_view full_version() const { return full_version_; }
  [[nodiscard]] std::string_view platform() const { return platform_; }
  [[nodiscard]] std::string_view platform_version() const { return platform_version_; }
  [[nodiscard]] std::string_view app() const { return app_; }
  // Bits of FormFactor.
  [[nodiscard]] unsigned form_factors() const { return form_factors_; }
  // Each brand once, in order.
  [[nodiscard]] const std::vector<Brand>& brands() const { return brands_; }

 private:
  void read_brands(std::string_view text);
  void read_form_factors(std::string_view text);

  bool present_ = false, mobile_ = false, skip_brands_ = false;
  std::string_view architecture_, bitness_, model_, full_version_, platform_, platform_version_,
      app_;
  unsigned form_factors_ = 0;
  std::vector<Brand> brands_;
};

}  // namespace rs::device
