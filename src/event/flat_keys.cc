#include "event/flat_keys.h"

#include <algorithm>
#include <array>

namespace rs::event {
namespace {

struct Entry {
  std::string_view name;
  FlatKind kind;
  std::string_view param;  // Empty: the name.
};

using enum FlatKind;
// By name.
constexpr std::array kEntries = {
    Entry{"achievement_id", kText, {}},
    Entry{"affiliation", kText, {}},
    Entry{"campaign", kText, {}},
    Entry{"campaign_id", kText, {}},
    Entry{"character", kText, {}},
    Entry{"content", kText, {}},
    Entry{"content_group", kText, {}},
    Entry{"content_id", kText, {}},
    Entry{"content_type", kText, {}},
    Entry{"coupon", kText, {}},
    Entry{"creative_name", kText, {}},
    Entry{"creative_slot", kText, {}},
    Entry{"currency", kText, {}},
    Entry{"customer_lifetime_value", kNumber, {}},
    Entry{"customer_type", kText, {}},
    Entry{"dclid", kText, {}},
    Entry{"debug_mode", kTyped, {}},
    Entry{"discount", kNumber, {}},
    Entry{"engaged_session_event", kTyped, {}},
    Entry{"engagement_time_msec", kNumber, {}},
    Entry{"entrances", kTyped, {}},
    Entry{"file_extension", kText, {}},
    Entry{"file_name", kText, {}},
    Entry{"form_destination", kText, {}},
    Entry{"form_id", kText, {}},
    Entry{"form_length", kNumber, {}},
    Entry{"form_name", kText, {}},
    Entry{"form_submit_text", kText, {}},
    Entry{"ga_session_id", kNumber, {}},
    Entry{"ga_session_number", kNumber, {}},
    Entry{"gclid", kText, {}},
    Entry{"group_id", kText, {}},
    Entry{"ignore_referrer", kText, {}},
    Entry{"item_list_id", kText, {}},
    Entry{"item_list_name", kText, {}},
    Entry{"language", kText, {}},
    Entry{"lead_source", kText, {}},
    Entry{"level", kNumber, {}},
    Entry{"level_name", kText, {}},
    Entry{"link_classes", kText, {}},
    Entry{"link_domain", kText, {}},
    Entry{"link_id", kText, {}},
    Entry{"link_text", kText, {}},
    Entry{"link_url", kText, {}},
    Entry{"medium", kText, {}},
    Entry{"method", kText, {}},
    Entry{"new_customer", kTyped, {}},
    Entry{"outbound", kTyped, {}},
    Entry{"page_encoding", kText, {}},
    Entry{"page_hostname", kText, {}},
    Entry{"page_location", kText, {}},
    Entry{"page_path", kText, {}},
    Entry{"page_referrer", kText, {}},
    Entry{"page_title", kText, {}},
    Entry{"payment_type", kText, {}},
    Entry{"percent_scrolled", kNumber, {}},
    Entry{"promotion_id", kText, {}},
    Entry{"promotion_name", kText, {}},
    Entry{"score", kNumber, {}},
    Entry{"screen_resolution", kText, {}},
    Entry{"search_term", kText, {}},
    Entry{"session_engaged", kText, {}},
    Entry{"session_id", kNumber, "ga_session_id"},
    Entry{"session_number", kNumber, "ga_session_number"},
    Entry{"shipping", kNumber, {}},
    Entry{"shipping_tier", kText, {}},
    Entry{"source", kText, {}},
    Entry{"success", kTyped, {}},
    Entry{"tax", kNumber, {}},
    Entry{"term", kText, {}},
    Entry{"transaction_id", kText, {}},
    Entry{"value", kNumber, {}},
    Entry{"video_current_time", kNumber, {}},
    Entry{"video_duration", kNumber, {}},
    Entry{"video_percent", kNumber, {}},
    Entry{"video_provider", kText, {}},
    Entry{"video_title", kText, {}},
    Entry{"video_url", kText, {}},
    Entry{"viewport_size", kText, {}},
    Entry{"virtual_currency_name", kText, {}},
    Entry{"visible", kTyped, {}},
};
static_assert(kEntries.size() == kFlatKeys);
static_assert(std::is_sorted(kEntries.begin(), kEntries.end(),
                             [](const Entry& a, const Entry& b) { return a.name < b.name; }));

constexpr std::array<std::string_view, 23> kUserData = {"address",
                                                        "city",
                                                        "country",
                                                        "db",
                                                        "dob",
                                                        "email",
                                                        "email_address",
                                                        "enhanced_conversion_data",
                                                        "first_name",
                                                        "gender",
                                                        "last_name",
                                                        "phone",
                                                        "phone_number",
                                                        "postal_code",
                                                        "region",
                                                        "sha256_email_address",
                                                        "sha256_phone_number",
                                                        "state",
                                                        "street",
                                                        "user_data",
                                                        "user_email",
                                                        "user_phone",
                                                        "zip"};
static_assert(std::is_sorted(kUserData.begin(), kUserData.end()));

}  // namespace

FlatKey find_flat_key(std::string_view key) {
  const auto* const entry =
      std::lower_bound(kEntries.begin(), kEntries.end(), key,
                       [](const Entry& a, std::string_view name) { return a.name < name; });
  if (entry == kEntries.end() || entry->name != key) return {};
  return {entry->kind, entry->param.empty() ? entry->name : entry->param,
          static_cast<std::size_t>(entry - kEntries.begin())};
}

bool is_user_data_key(std::string_view key) {
  return std::binary_search(kUserData.begin(), kUserData.end(), key);
}

bool is_ignored_key(std::string_view key) {
  return key == "v" || key == "event" || key == "_dcid_temp" || key == "common_cookie" ||
         key == "gtm" || key.starts_with("gtm.") || key.starts_with("x-ga-");
}

}  // namespace rs::event
