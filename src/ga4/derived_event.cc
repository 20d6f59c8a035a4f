#include "ga4/derived_event.h"

#include <algorithm>
#include <string_view>

#include <openssl/sha.h>

namespace rs::ga4 {
namespace {

using event::Payload;

constexpr std::string_view kOwnOfTrigger[] = {"value",
                                              "currency",
                                              "transaction_id",
                                              "tax",
                                              "shipping",
                                              "coupon",
                                              "affiliation",
                                              "entrances",
                                              "engagement_time_msec",
                                              "firebase_conversion"};

// The first 32 hexadecimal digits of SHA-256("<visitor>.<session>.<name>").
std::string_view id_of(std::string_view visitor, std::string_view session, std::string_view name,
                       Arena& arena) {
  constexpr std::size_t kBytes = 16;
  constexpr std::string_view kDigits = "0123456789abcdef";
  char* const text = arena.allocate(visitor.size() + session.size() + name.size() + 2);
  char* end = std::copy(visitor.begin(), visitor.end(), text);
  *end++ = '.';
  end = std::copy(session.begin(), session.end(), end);
  *end++ = '.';
  end = std::copy(name.begin(), name.end(), end);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text), static_cast<std::size_t>(end - text),
         digest.data());
  char* const out = arena.allocate(2 * kBytes);
  for (std::size_t i = 0; i < kBytes; ++i) {
    out[2 * i] = kDigits[digest[i] >> 4];
    out[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return {out, 2 * kBytes};
}

std::span<const row::EventParam> params_of(const Payload& trigger, bool session_start,
                                           bool key_event, Arena& arena) {
  auto* const params = arena.allocate_array<row::EventParam>(trigger.event_params.size() + 1);
  std::size_t size = 0;
  for (const auto& param : trigger.event_params) {
    if (std::find(std::begin(kOwnOfTrigger), std::end(kOwnOfTrigger), *param.key) !=
        std::end(kOwnOfTrigger)) {
      continue;
    }
    auto& copy = *::new (&params[size++]) row::EventParam(param);
    // An int on this one row of GA4's export, and text on all others.
    if (session_start && *copy.key == "session_engaged" && copy.value &&
        copy.value->string_value == "1") {
      copy.value.emplace().int_value = 1;
    }
  }
  if (key_event) {
    auto& mark = *::new (&params[size++]) row::EventParam;
    mark.key = "firebase_conversion";
    mark.value.emplace().int_value = 1;
  }
  return {params, size};
}

}  // namespace

std::size_t derive_events(const GtagFields& hit, const Payload& trigger, Arena& arena,
                          std::array<Payload, kDerivedMax>& out) {
  std::size_t size = 0;
  const bool denied = trigger.privacy_info && trigger.privacy_info->analytics_storage == "No";
  const auto derive = [&](Field mark, std::string_view name) {
    const auto value = hit.raw(mark);
    if (value != "1" && value != "2") return;
    if (denied || trigger.event_name == name) return;
    Payload& event = out[size++];
    event = trigger;
    event.event_name = name;
    event.event_params = params_of(trigger, name == "session_start", value == "2", arena);
    event.items = {};
    event.ecommerce.reset();
    event.unknown_keys = 0;
    event.event_id.reset();
    if (trigger.user_pseudo_id && hit.has(Field::kSessionId)) {
      event.event_id = id_of(*trigger.user_pseudo_id, hit.text(Field::kSessionId), name, arena);
    }
  };
  derive(Field::kFirstVisit, "first_visit");
  derive(Field::kSessionStart, "session_start");
  return size;
}

}  // namespace rs::ga4
