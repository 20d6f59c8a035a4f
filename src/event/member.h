#pragma once
// The top-level keys of an event that the native protocol knows.

#include <cstdint>
#include <string_view>

#include "event/json_cursor.h"
#include "event/problem_notes.h"

namespace rs::event {

// Problems are noted by these.
enum class Member : std::uint8_t {
  kNone,  // The body itself.
  kEventName,
  kEventId,
  kUserId,
  kTimestampMicros,
  kEventParams,
  kUserProperties,
  kPrivacyInfo,
  kAppInfo,
  kEcommerce,
  kItems,
  kBatchEventIndex,
  kBatchPageId,
  kBatchOrderingId,
  kConsentState,
  kClientId,
  kUserPseudoId,
  kUnknown,
};
static_assert(static_cast<std::size_t>(Member::kUnknown) < ProblemNotes::kGroups);

// The usual ones first.
[[nodiscard]] inline Member member_of(std::string_view key) {
  if (is(key, "event_params")) return Member::kEventParams;
  if (is(key, "event_name")) return Member::kEventName;
  if (is(key, "event_id")) return Member::kEventId;
  if (is(key, "user_id")) return Member::kUserId;
  if (is(key, "items")) return Member::kItems;
  if (is(key, "privacy_info")) return Member::kPrivacyInfo;
  if (is(key, "user_properties")) return Member::kUserProperties;
  if (is(key, "ecommerce")) return Member::kEcommerce;
  if (is(key, "app_info")) return Member::kAppInfo;
  if (is(key, "timestamp_micros")) return Member::kTimestampMicros;
  if (is(key, "batch_event_index")) return Member::kBatchEventIndex;
  if (is(key, "batch_page_id")) return Member::kBatchPageId;
  if (is(key, "batch_ordering_id")) return Member::kBatchOrderingId;
  if (is(key, "consent_state")) return Member::kConsentState;
  if (is(key, "client_id")) return Member::kClientId;
  if (is(key, "user_pseudo_id")) return Member::kUserPseudoId;
  return Member::kUnknown;
}

}  // namespace rs::event
