// Step 2 with the detector: what a user agent becomes in the row.

#include <string>

#include <gtest/gtest.h>

#include "device/test_database.h"
#include "enrich/clean_text.h"
#include "enrich/test_event.h"

namespace rs::enrich {
namespace {

struct Case {
  std::string_view agent, category, brand, model, system, system_version, browser, browser_version;
};
constexpr Case kCases[] = {
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/131.0.0.0 Safari/537.36",
     "desktop", "", "", "Windows", "10", "Chrome", "131.0.0.0"},
    {"Mozilla/5.0 (Linux; Android 10; SM-G973F) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/96.0.4664.104 Mobile Safari/537.36",
     "mobile", "Samsung", "Galaxy S10", "Android", "10", "Chrome Mobile", "96.0.4664.104"},
    {"Mozilla/5.0 (iPad; CPU OS 15_8_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/15.6.6 Mobile/15E148 Safari/604.1",
     "tablet", "Apple", "iPad", "iPadOS", "15.8.3", "Mobile Safari", "15.6.6"},
    {"Mozilla/5.0 (SMART-TV; Linux; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) "
     "SamsungBrowser/4.0 Chrome/85.0.4183.93 TV Safari/537.36",
     "smart tv", "Samsung", "Smart TV", "Tizen", "6.5", "Samsung Browser", "4.0"},
    {"Mozilla/5.0 (PlayStation 5 8.20) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 "
     "Safari/605.1.15",
     "console", "Sony", "PlayStation 5", "PlayStation", "5.8.20", "NetFront", ""},
    {"curl/8.5.0", "unknown", "", "", "", "", "curl", "8.5.0"},
    {"", "unknown", "", "", "", "", "", ""}};

std::string_view text(const std::optional<std::string_view>& value) {
  EXPECT_TRUE(!value || !value->empty()) << "what is not known is null";
  return value.value_or("");
}

class DeviceRow : public ::testing::Test {
 protected:
  const row::Device& device(const event::Facts& facts) {
    return *event_.row("page_view", "", facts).device;
  }
  TestEvent event_{Settings{.allowed_origins = {}, .device = {.data = &device::test_data()}}};
};

TEST_F(DeviceRow, HoldsWhatTheDetectorKnows) {
  for (const Case& expected : kCases) {
    auto facts = plain_facts();
    facts.user_agent = expected.agent;
    const row::Device& found = device(facts);
    EXPECT_EQ(text(found.category), expected.category) << expected.agent;
    EXPECT_EQ(text(found.mobile_brand_name), expected.brand) << expected.agent;
    EXPECT_EQ(text(found.mobile_model_name), expected.model) << expected.agent;
    EXPECT_EQ(text(found.mobile_marketing_name), expected.model);
    EXPECT_EQ(text(found.mobile_os_hardware_model), expected.model);
    EXPECT_EQ(text(found.operating_system), expected.system) << expected.agent;
    EXPECT_EQ(text(found.operating_system_version), expected.system_version) << expected.agent;
    const row::WebInfo web = found.web_info.value_or(row::WebInfo{});
    EXPECT_EQ(text(web.browser), expected.browser) << expected.agent;
    EXPECT_EQ(text(web.browser_version), expected.browser_version) << expected.agent;
    EXPECT_EQ(found.is_bot, false);
    EXPECT_EQ(text(found.user_agent), expected.agent);
  }
}

TEST_F(DeviceRow, NamesBots) {
  auto facts = plain_facts();
  facts.user_agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
  const row::Device& found = device(facts);
  EXPECT_EQ(found.category, "bot");
  EXPECT_EQ(found.is_bot, true);
  EXPECT_EQ(found.bot_name, "Googlebot");
  EXPECT_EQ(found.operating_system, std::nullopt);
}

TEST_F(DeviceRow, BelievesClientHints) {
  auto facts = plain_facts();
  facts.user_agent =
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/131.0.0.0 Mobile Safari/537.36";
  EXPECT_EQ(device(facts).mobile_brand_name, std::nullopt);
  facts.ch_ua_model = "\"SM-S928B\"";
  facts.ch_ua_platform = "\"Android\"";
  facts.ch_ua_platform_version = "\"14.0.0\"";
  facts.ch_ua_full_version_list = "\"Google Chrome\";v=\"131.0.6778.81\"";
  const row::Device& found = device(facts);
  EXPECT_EQ(found.mobile_brand_name, "Samsung");
  EXPECT_EQ(found.mobile_model_name, "Galaxy S24 Ultra");
  EXPECT_EQ(found.operating_system_version, "14.0.0");
  EXPECT_EQ(found.web_info->browser_version, "131.0.6778.81");
}

TEST_F(DeviceRow, HoldsValidTextOfHostileHints) {
  auto facts = plain_facts();
  facts.user_agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/1.0";
  const std::string model = "\xff" + std::string(3000, 'm');
  facts.ch_ua_model = model;
  const row::Device& found = device(facts);
  EXPECT_EQ(found.mobile_model_name->substr(0, 4), "\xef\xbf\xbdm");
  EXPECT_LE(found.mobile_model_name->size(), kDeviceTextMax);
}

TEST_F(DeviceRow, SaysHowTheAnswerWasFound) {
  Enricher with({.allowed_origins = {}, .device = {.data = &device::test_data()}}), without({});
  event::Payload payload;
  payload.event_name = "page_view";
  auto facts = plain_facts();
  facts.user_agent = "curl/8.5.0";
  with.run(payload, facts);
  EXPECT_EQ(with.device_lookup(), DeviceLookup::kDetected);
  with.run(payload, facts);
  EXPECT_EQ(with.device_lookup(), DeviceLookup::kCached);
  without.run(payload, facts);
  EXPECT_EQ(without.device_lookup(), DeviceLookup::kNone);
}

}  // namespace
}  // namespace rs::enrich
