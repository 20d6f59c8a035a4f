#pragma once
// Why an event of a GA4 sender is not stored. GA4's senders are always answered 204, so these are
// for the metrics, the debug endpoints and the log.

#include <cstdint>
#include <string_view>

namespace rs::ga4 {

enum class Refusal : std::uint8_t {
  kNoEventName,   // A hit without `en`, an event without a name.
  kNoStream,      // Neither tid, measurement_id nor firebase_app_id.
  kNoClientId,    // Measurement Protocol: neither client_id nor app_instance_id.
  kNoEvents,      // Measurement Protocol: no list of events, or an empty one.
  kNotJson,       // Measurement Protocol: the body is not a JSON object.
  kNotAnObject,   // Measurement Protocol: an element of `events` is not an object.
  kReservedName,  // Measurement Protocol: a name that only Google's tags may send.
  kTooLarge,      // More parameters or items than LIMITS__ allows.
  kCount          // Not a refusal.
};

[[nodiscard]] constexpr std::string_view name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNoEventName:
      return "no_event_name";
    case Refusal::kNoStream:
      return "no_stream";
    case Refusal::kNoClientId:
      return "no_client_id";
    case Refusal::kNoEvents:
      return "no_events";
    case Refusal::kNotJson:
      return "not_json";
    case Refusal::kNotAnObject:
      return "not_an_object";
    case Refusal::kReservedName:
      return "reserved_name";
    case Refusal::kTooLarge:
      return "too_large";
    case Refusal::kCount:
      break;
  }
  return "unknown";
}

}  // namespace rs::ga4
