#include "ga4/reserved_names.h"

#include <algorithm>
#include <array>

namespace rs::ga4 {
namespace {

// Sorted.
constexpr std::array<std::string_view, 31> kEvents = {
    "ad_activeview",
    "ad_click",
    "ad_exposure",
    "ad_query",
    "ad_reward",
    "adunit_exposure",
    "app_clear_data",
    "app_exception",
    "app_install",
    "app_remove",
    "app_store_refund",
    "app_update",
    "app_upgrade",
    "dynamic_link_app_open",
    "dynamic_link_app_update",
    "dynamic_link_first_open",
    "error",
    "firebase_campaign",
    "firebase_in_app_message_action",
    "firebase_in_app_message_dismiss",
    "firebase_in_app_message_impression",
    "first_open",
    "first_visit",
    "notification_dismiss",
    "notification_foreground",
    "notification_open",
    "notification_receive",
    "notification_send",
    "os_update",
    "session_start",
    "user_engagement",
};
constexpr std::string_view kAppEvents[] = {"ad_impression", "in_app_purchase", "screen_view"};
constexpr std::string_view kProperties[] = {"first_open_time", "first_visit_time",
                                            "last_deep_link_referrer", "user_id",
                                            "first_open_after_install"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

bool has_reserved_prefix(std::string_view name) {
  return name.starts_with("_") || name.starts_with("firebase_") || name.starts_with("ga_") ||
         name.starts_with("google_");
}

}  // namespace

bool is_reserved_event(std::string_view name) {
  static_assert(std::is_sorted(kEvents.begin(), kEvents.end()));
  return std::binary_search(kEvents.begin(), kEvents.end(), name);
}

bool is_app_event(std::string_view name) {
  return contains(kAppEvents, name);
}

bool is_reserved_param(std::string_view name) {
  return has_reserved_prefix(name) || name.starts_with("gtag.");
}

bool is_reserved_property(std::string_view name) {
  return has_reserved_prefix(name) || contains(kProperties, name);
}

}  // namespace rs::ga4
