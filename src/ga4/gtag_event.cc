#include "ga4/gtag_event.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "enrich/url.h"
#include "event/param_reader.h"
#include "ga4/consent.h"
#include "ga4/google_cookies.h"
#include "ga4/item_defaults.h"
#include "ga4/item_numbers.h"
#include "ga4/item_text.h"
#include "ga4/number_text.h"

namespace rs::ga4 {
namespace {

using event::Payload;
using Source = row::CollectedTrafficSource;

struct CampaignField {
  Field field;
  std::optional<std::string_view> Source::*column;
};
constexpr CampaignField kCampaignFields[] = {
    {Field::kCampaignId, &Source::manual_campaign_id},
    {Field::kCampaign, &Source::manual_campaign_name},
    {Field::kSource, &Source::manual_source},
    {Field::kMedium, &Source::manual_medium},
    {Field::kTerm, &Source::manual_term},
    {Field::kContent, &Source::manual_content},
    {Field::kCreativeFormat, &Source::manual_creative_format},
    {Field::kMarketingTactic, &Source::manual_marketing_tactic},
};

std::optional<std::int64_t> int_of(const GtagFields& hit, Field field) {
  return hit.has(field) ? read_int(hit.text(field)) : std::nullopt;
}

// Nothing for a number below `least`.
std::optional<std::int64_t> int_from(const GtagFields& hit, Field field, std::int64_t least) {
  const auto value = int_of(hit, field);
  return value && *value >= least ? value : std::nullopt;
}

// A flag is set by 1, and by 2 where Google's tags use it for key events.
bool is_set(const GtagFields& hit, Field field) {
  const auto value = hit.raw(field);
  return value == "1" || value == "2";
}

bool is_denied(const Payload& payload) {
  return payload.privacy_info && payload.privacy_info->analytics_storage == "No";
}

// When the event happened, from how long it waited in the sender's queue.
std::optional<std::int64_t> time_of(const GtagFields& hit, std::int64_t now_micros) {
  constexpr std::int64_t kLongestMillis = std::int64_t{1} << 42;  // 139 years.
  const auto waited = int_from(hit, Field::kQueueTime, 0);
  if (!waited || *waited > kLongestMillis) return std::nullopt;
  return now_micros - *waited * 1000;
}

void replace_missing(std::string_view& fact, std::string_view value) {
  if (fact.empty() && !value.empty()) fact = value;
}

}  // namespace

std::string_view brand_list(std::string_view text, Arena& arena) {
  constexpr std::string_view kQuote = "\"", kVersion = "\";v=\"", kNext = ", ";
  // Each pair of separators grows to ten characters.
  const auto pairs = static_cast<std::size_t>(std::count(text.begin(), text.end(), '|')) + 1;
  char* const start = arena.allocate(text.size() + pairs * 10);
  char* out = start;
  const auto append = [&out](std::string_view piece) {
    for (const char c : piece) {
      if (c != '"') *out++ = c;
    }
  };
  const auto append_mark = [&out](std::string_view mark) {
    std::memcpy(out, mark.data(), mark.size());
    out += mark.size();
  };
  while (!text.empty()) {
    const auto brand = take_until(text, '|');
    const auto cut = brand.rfind(';');
    const auto name = enrich::decode_query_text(brand.substr(0, cut), arena);
    if (name.empty() || cut == std::string_view::npos) continue;
    if (out != start) append_mark(kNext);
    append_mark(kQuote);
    append(name);
    append_mark(kVersion);
    append(brand.substr(cut + 1));
    append_mark(kQuote);
  }
  return {start, static_cast<std::size_t>(out - start)};
}

std::optional<Refusal> GtagEvent::build(GtagFields& hit, const event::Facts& seen, Payload& payload,
                                        event::Facts& facts) {
  payload = {};
  facts = seen;
  dropped_ = hit.dropped;
  payload.event_name = hit.text(Field::kEventName);
  if (payload.event_name.empty()) return Refusal::kNoEventName;
  facts.stream_id = hit.text(Field::kMeasurementId);
  if (facts.stream_id.empty()) return Refusal::kNoStream;
  if (hit.params.size() > limits_.params.count || hit.properties.size() > limits_.params.count ||
      hit.items.size() > limits_.items.count) {
    return Refusal::kTooLarge;
  }
  payload.privacy_info = privacy_of(hit.text(Field::kGcs), hit.text(Field::kGcd),
                                    is_set(hit, Field::kNonPersonalized));
  payload.timestamp_micros = time_of(hit, seen.now_micros);
  payload.timestamp_unread = hit.has(Field::kQueueTime) && !payload.timestamp_micros;
  if (hit.has(Field::kUserId)) payload.user_id = hit.text(Field::kUserId);
  add_visitor(hit, seen.now_micros, payload);
  payload.language = hit.text(Field::kLanguage);
  payload.hostname = hit.text(Field::kHostname);
  payload.batch_page_id = int_of(hit, Field::kPageLoad);
  payload.batch_ordering_id = int_of(hit, Field::kRequestNumber);
  payload.unknown_keys = hit.unknown;

  add_params(hit, !is_denied(payload));
  payload.event_params = params_;
  add_properties(hit, payload.timestamp_micros.value_or(seen.now_micros), payload);
  if (!add_items(hit, payload)) return Refusal::kTooLarge;
  add_campaign(hit, payload);
  add_hints(hit, facts);
  return std::nullopt;
}

void GtagEvent::add_visitor(const GtagFields& hit, std::int64_t now_micros, Payload& payload) {
  if (hit.has(Field::kClientId)) payload.user_pseudo_id = hit.text(Field::kClientId);
  if (is_denied(payload)) return;
  if (payload.user_pseudo_id) {
    payload.user_first_touch_timestamp = first_touch_in(*payload.user_pseudo_id, now_micros);
  }
  if (!payload.user_first_touch_timestamp && is_set(hit, Field::kFirstVisit)) {
    payload.user_first_touch_timestamp = payload.timestamp_micros.value_or(now_micros);
  }
}

void GtagEvent::add_params(GtagFields& hit, bool identified) {
  event::keep_last_of_each_key(hit.params, keys_);
  params_.assign(hit.params.begin(), hit.params.end());
  own_params_ = params_.size();
  add_page(hit);
  if (identified) add_session(hit);
  add_request(hit);
}

void GtagEvent::add_page(const GtagFields& hit) {
  add_text("page_location", hit.text(Field::kPageLocation));
  add_text("page_referrer", hit.text(Field::kPageReferrer));
  add_text("page_title", hit.text(Field::kPageTitle));
  add_text("page_path", hit.text(Field::kPagePath));
  add_text("hostname", hit.text(Field::kHostname));
  if (is_set(hit, Field::kIgnoreReferrer)) add_text("ignore_referrer", "true");
  add_text("traffic_type", hit.text(Field::kTrafficType));
  add_text("currency", hit.text(Field::kCurrency));
  add_text("promotion_id", hit.text(Field::kPromotionId));
  add_text("promotion_name", hit.text(Field::kPromotionName));
  add_text("location_id", hit.text(Field::kLocationId));
}

void GtagEvent::add_session(const GtagFields& hit) {
  add_int("ga_session_id", int_from(hit, Field::kSessionId, 1));
  add_int("ga_session_number", int_from(hit, Field::kSessionNumber, 1));
  if (hit.has(Field::kSessionEngaged)) {
    const bool engaged = hit.raw(Field::kSessionEngaged) != "0";
    add_text("session_engaged", engaged ? "1" : "0");
    if (engaged) add_int("engaged_session_event", 1);
  }
  if (is_set(hit, Field::kSessionStart) && hit.text(Field::kEventName) == "page_view") {
    add_int("entrances", 1);
  }
  if (is_set(hit, Field::kNewClientId)) add_int("client_id_new", 1);
}

void GtagEvent::add_request(const GtagFields& hit) {
  add_int("engagement_time_msec", int_from(hit, Field::kEngagementTime, 0));
  if (is_set(hit, Field::kDebug)) add_int("debug_mode", 1);
  if (is_set(hit, Field::kKeyEvent)) add_int("firebase_conversion", 1);
  add_text("screen_resolution", hit.text(Field::kScreen));
  add_int("batch_page_id", int_of(hit, Field::kPageLoad));
  add_int("batch_ordering_id", int_of(hit, Field::kRequestNumber));
}

void GtagEvent::add_text(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (auto* const param = new_param(key)) param->value.emplace().string_value = value;
}

void GtagEvent::add_int(std::string_view key, std::optional<std::int64_t> value) {
  if (!value) return;
  if (auto* const param = new_param(key)) param->value.emplace().int_value = value;
}

// Null when the client sent this key itself.
row::EventParam* GtagEvent::new_param(std::string_view key) {
  const auto end = params_.begin() + static_cast<std::ptrdiff_t>(own_params_);
  const bool own = std::any_of(params_.begin(), end,
                               [key](const row::EventParam& param) { return *param.key == key; });
  if (own) return nullptr;
  auto& param = params_.emplace_back();
  param.key = key;
  return &param;
}

void GtagEvent::add_properties(GtagFields& hit, std::int64_t now_micros, Payload& payload) {
  event::keep_last_of_each_key(hit.properties, keys_);
  for (auto& property : hit.properties) property.value->set_timestamp_micros = now_micros;
  payload.user_properties = hit.properties;
}

// False when an item has more parameters than it may.
bool GtagEvent::add_items(GtagFields& hit, Payload& payload) {
  items_.clear();
  if (hit.items.empty()) return true;
  ItemNotes notes;
  std::stable_sort(hit.items.begin(), hit.items.end(),
                   [](const auto& a, const auto& b) { return a.number < b.number; });
  for (std::size_t i = 0; i < hit.items.size(); ++i) {
    const bool repeated =
        i + 1 < hit.items.size() && hit.items[i + 1].number == hit.items[i].number;
    if (repeated) continue;  // The last of repeated keys counts.
    row::Item& item = items_.emplace_back();
    if (!read_item_text(hit.items[i].text, arena_, item, notes)) {
      items_.pop_back();
      ++notes.dropped;
    } else if (item.item_params.size() > limits_.item_params.count) {
      return false;
    }
  }
  add_item_defaults(params_, items_);
  payload.items = items_;
  payload.exact_quantities = exact_quantities(items_, arena_);
  payload.kept_numbers = notes.kept;
  dropped_ += notes.dropped;
  return true;
}

void GtagEvent::add_campaign(const GtagFields& hit, Payload& payload) {
  campaign_ = {};
  for (const auto& [field, column] : kCampaignFields) {
    if (!hit.has(field)) continue;
    campaign_.*column = hit.text(field);
    payload.campaign = &campaign_;
  }
}

void GtagEvent::add_hints(const GtagFields& hit, event::Facts& facts) {
  replace_missing(facts.ch_ua_arch, hit.text(Field::kArchitecture));
  replace_missing(facts.ch_ua_bitness, hit.text(Field::kBitness));
  replace_missing(facts.ch_ua_mobile, hit.text(Field::kMobile));
  replace_missing(facts.ch_ua_model, hit.text(Field::kModel));
  replace_missing(facts.ch_ua_platform, hit.text(Field::kPlatform));
  replace_missing(facts.ch_ua_platform_version, hit.text(Field::kPlatformVersion));
  if (facts.ch_ua_full_version_list.empty() && hit.has(Field::kFullVersionList)) {
    replace_missing(facts.ch_ua_full_version_list,
                    brand_list(hit.text(Field::kFullVersionList), arena_));
  }
  if (!facts.geo_country.empty() || !facts.geo_state.empty() || !facts.geo_city.empty()) return;
  std::string_view region = hit.text(Field::kRegion);
  if (region.find('-') != std::string_view::npos) facts.geo_state = region;
  facts.geo_country = take_until(region, '-');
}

}  // namespace rs::ga4
