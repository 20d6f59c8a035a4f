#include "ga4/measurement_event.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/text.h"
#include "enrich/url.h"
#include "event/param_reader.h"
#include "event/time_text.h"
#include "ga4/continents.h"
#include "ga4/google_cookies.h"
#include "ga4/item_defaults.h"
#include "ga4/item_numbers.h"
#include "ga4/number_text.h"
#include "ga4/reserved_names.h"

namespace rs::ga4 {
namespace {

using event::Payload;
using Kind = JsonValue::Kind;

std::optional<std::string_view> text_column(const JsonValue& value) {
  const auto text = value.scalar_text();
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::string_view> consent_column(const JsonValue& value) {
  if (equals_ignoring_case(value.scalar_text(), "granted")) return "Yes";
  if (equals_ignoring_case(value.scalar_text(), "denied")) return "No";
  return std::nullopt;
}

// The whole number that a value says; nothing otherwise.
std::optional<std::int64_t> int_of(const JsonValue& value) {
  if (value.kind == Kind::kNumber && value.number.is_integer) return value.number.integer;
  return value.kind == Kind::kText ? read_int(value.text) : std::nullopt;
}

std::optional<double> double_of(const JsonValue& value) {
  if (value.kind == Kind::kNumber && std::isfinite(value.number.value)) return value.number.value;
  return value.kind == Kind::kText ? read_double(trim(value.text)) : std::nullopt;
}

// The platform of an app id: 1:<project>:<platform>:<hash>.
std::string_view platform_of(std::string_view app_id) {
  (void)take_until(app_id, ':');
  (void)take_until(app_id, ':');
  const auto platform = take_until(app_id, ':');
  if (equals_ignoring_case(platform, "android")) return "ANDROID";
  return equals_ignoring_case(platform, "ios") ? "IOS" : "WEB";
}

// Columns of an item that the sender fills; those that hold our own sums are not among them.
bool is_sent_column(const row::Field<row::Item>& field) {
  return field.kind() == row::FieldKind::kString || field.name() == "price" ||
         field.name() == "discount" || field.name() == "quantity" || field.name() == "index";
}

}  // namespace

std::optional<std::int64_t> micros_of(const JsonValue& value) {
  if (const auto whole = int_of(value)) return whole;
  if (value.kind == Kind::kText) {
    if (const auto moment = event::read_timestamp(value.text)) return moment;
  }
  constexpr double kLargest = 9e18;
  const auto number = double_of(value);
  if (!number || std::abs(*number) > kLargest) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

MeasurementQuery MeasurementQuery::read(std::string_view query, Arena& arena) {
  MeasurementQuery out;
  enrich::QueryReader reader(query);
  for (enrich::QueryPair pair; reader.next(pair);) {
    std::string_view* field = nullptr;
    if (pair.key == "measurement_id") field = &out.measurement_id;
    if (pair.key == "firebase_app_id") field = &out.firebase_app_id;
    if (pair.key == "api_secret") field = &out.api_secret;
    if (pair.key == "uip" || pair.key == "_uip") field = &out.address;
    if (field != nullptr) *field = enrich::decode_query_text(pair.value, arena);
  }
  return out;
}

std::optional<Refusal> MeasurementEvents::begin(const MeasurementBody& body,
                                                const MeasurementQuery& query,
                                                const event::Facts& seen, bool from_browser,
                                                std::string_view address) {
  body_ = &body;
  request_ = {};
  if (query.stream_id().empty()) return Refusal::kNoStream;
  if (body.events_total == 0) return Refusal::kNoEvents;
  const auto client = client_id_in(body.client_id.scalar_text());
  const auto instance = body.app_instance_id.scalar_text();
  const auto& id = (query.is_app() && !instance.empty()) || client.empty() ? instance : client;
  if (id.empty()) return Refusal::kNoClientId;

  begin_privacy();
  begin_facts(query, seen, from_browser, address);
  request_.user_pseudo_id = id;
  if (identified_) request_.user_first_touch_timestamp = first_touch_in(id, seen.now_micros);
  request_.user_id = text_column(body.user_id);
  request_.unknown_keys = body.unknown;
  if (query.is_app()) {
    request_.platform = platform_of(query.firebase_app_id);
    request_.app_info.emplace().firebase_app_id = query.firebase_app_id;
  }
  if (body.has_device) begin_device();
  if (body.has_location) begin_location();
  return std::nullopt;
}

void MeasurementEvents::begin_facts(const MeasurementQuery& query, const event::Facts& seen,
                                    bool from_browser, std::string_view address) {
  facts_ = seen;
  if (!from_browser) {
    facts_ = {};
    facts_.now_micros = seen.now_micros;
  }
  facts_.stream_id = query.stream_id();
  if (const auto agent = body_->user_agent.scalar_text(); !agent.empty()) {
    const event::Facts known = facts_;
    facts_ = {};  // Client hints of the headers belong to another user agent.
    facts_.now_micros = known.now_micros;
    facts_.stream_id = known.stream_id;
    facts_.client_ip = known.client_ip;
    facts_.accept_language = known.accept_language;
    facts_.geo_country = known.geo_country;
    facts_.geo_state = known.geo_state;
    facts_.geo_city = known.geo_city;
    facts_.user_agent = agent;
  }
  if (!address.empty()) facts_.client_ip = address;
}

void MeasurementEvents::begin_device() {
  const MeasurementBody& body = *body_;
  device_ = {};
  device_.category = text_column(body.category);
  device_.mobile_brand_name = text_column(body.brand);
  device_.mobile_model_name = text_column(body.model);
  device_.operating_system = text_column(body.operating_system);
  device_.operating_system_version = text_column(body.operating_system_version);
  device_.language = text_column(body.language);
  if (body.browser.is_present() || body.browser_version.is_present()) {
    auto& web = device_.web_info.emplace();
    web.browser = text_column(body.browser);
    web.browser_version = text_column(body.browser_version);
  }
  request_.device = &device_;
}

void MeasurementEvents::begin_location() {
  const MeasurementBody& body = *body_;
  const auto name = [](std::string_view text) -> std::optional<std::string_view> {
    if (text.empty()) return std::nullopt;
    return text;
  };
  geo_ = {};
  geo_.city = text_column(body.city);
  geo_.region = text_column(body.region_id);
  geo_.country = text_column(body.country_id);
  geo_.continent = name(continent_name(body.continent_id.scalar_text()));
  geo_.sub_continent = name(sub_continent_name(body.subcontinent_id.scalar_text()));
  request_.geo = &geo_;
}

void MeasurementEvents::begin_privacy() {
  const MeasurementBody& body = *body_;
  row::PrivacyInfo privacy;
  privacy.ads_storage = consent_column(body.ad_storage);
  privacy.analytics_storage = consent_column(body.analytics_storage);
  privacy.ad_user_data = consent_column(body.ad_user_data);
  privacy.ad_personalization = consent_column(body.ad_personalization);
  const auto non_personalized = body.non_personalized_ads.scalar_text();
  if (!privacy.ad_personalization && (non_personalized == "true" || non_personalized == "1")) {
    privacy.ad_personalization = "No";
  }
  identified_ = privacy.analytics_storage != "No";
  if (privacy.ads_storage || privacy.analytics_storage || privacy.ad_user_data ||
      privacy.ad_personalization) {
    request_.privacy_info = privacy;
  }
}

std::optional<Refusal> MeasurementEvents::build(const MeasurementEvent& event, Payload& payload,
                                                event::Facts& facts) {
  dropped_ = kept_ = 0;
  payload = request_;
  facts = facts_;
  if (!event.is_object) return Refusal::kNotAnObject;
  payload.event_name = event.name.scalar_text();
  if (payload.event_name.empty()) return Refusal::kNoEventName;
  if (is_reserved_event(payload.event_name)) return Refusal::kReservedName;
  if (event.params_total > limits_.params.count || event.items_total > limits_.items.count ||
      body_->properties_total > limits_.params.count || !add_items(event)) {
    return Refusal::kTooLarge;
  }
  add_time(event, payload);
  add_params(event, payload);
  payload.event_params = params_;
  add_properties(payload.timestamp_micros.value_or(facts.now_micros));
  payload.user_properties = properties_;
  add_item_defaults(params_, items_);
  payload.items = items_;
  payload.exact_quantities = exact_quantities(items_, arena_);
  payload.kept_numbers = kept_;
  return std::nullopt;
}

// The closest to the event that can be read.
void MeasurementEvents::add_time(const MeasurementEvent& event, Payload& payload) {
  const JsonValue* own = nullptr;
  for (std::size_t i = 0; i < event.params.count; ++i) {
    const JsonMember& param = body_->params[event.params.first + i];
    if (param.key == "timestamp_micros") own = &param.value;
  }
  const JsonValue* const times[] = {own, &event.timestamp_micros, &body_->timestamp_micros};
  bool any = false;
  for (const auto* const time : times) {
    if (time == nullptr || !time->is_present()) continue;
    any = true;
    if (!payload.timestamp_micros) payload.timestamp_micros = micros_of(*time);
  }
  payload.timestamp_unread = any && !payload.timestamp_micros;
}

void MeasurementEvents::add_properties(std::int64_t micros) {
  properties_.clear();
  for (const auto& sent : body_->properties) {
    row::ParamValue value;
    if (sent.name.empty() || !set_value(sent.value, value)) {
      ++dropped_;
      continue;
    }
    auto& property = properties_.emplace_back();
    property.key = sent.name;
    auto& out = property.value.emplace();
    out.string_value = value.string_value;
    out.int_value = value.int_value;
    out.double_value = value.double_value;
    out.set_timestamp_micros = micros_of(sent.timestamp_micros).value_or(micros);
  }
  event::keep_last_of_each_key(properties_, keys_);
}

void MeasurementEvents::add_params(const MeasurementEvent& event, Payload& payload) {
  params_.clear();
  for (std::size_t i = 0; i < event.params.count; ++i) {
    const JsonMember& param = body_->params[event.params.first + i];
    if (param.key == "timestamp_micros") continue;  // add_time() has it.
    if (param.key.empty()) {
      ++dropped_;
    } else if (!add_special_param(param)) {
      add_param(param);
    }
    if (param.key == "user_id" && !payload.user_id) payload.user_id = text_column(param.value);
  }
  event::keep_last_of_each_key(params_, keys_);
  constexpr std::string_view kScreen = "screen_resolution";
  const auto screen = body_->screen_resolution.scalar_text();
  const bool own = std::any_of(params_.begin(), params_.end(),
                               [&](const auto& param) { return *param.key == kScreen; });
  if (!screen.empty() && !own) new_param(kScreen).value.emplace().string_value = screen;
}

void MeasurementEvents::add_param(const JsonMember& param) {
  row::ParamValue value;
  if (set_value(param.value, value)) {
    new_param(param.key).value = value;
  } else {
    ++dropped_;
  }
}

// Parameters that GA4 stores under another name or type.
bool MeasurementEvents::add_special_param(const JsonMember& param) {
  if (param.key == "session_id" || param.key == "session_number") {
    add_session(param.key, param.value);
    return true;
  }
  if (param.key == "engagement_time_msec") {
    const auto millis = int_of(param.value);
    if (!millis) return false;
    new_param(param.key).value.emplace().int_value = millis;
    return true;
  }
  if (param.key != "debug_mode") return false;
  const auto text = param.value.scalar_text();
  if (text != "true" && text != "1") return false;
  new_param(param.key).value.emplace().int_value = 1;
  return true;
}

void MeasurementEvents::add_session(std::string_view key, const JsonValue& value) {
  const bool is_id = key == "session_id";
  const SessionFields cookie = session_in(value.scalar_text());
  const auto field = is_id ? cookie.id : cookie.number;
  const auto number = field.empty() ? int_of(value) : read_int(field);
  if (!number) {
    if (!value.scalar_text().empty()) add_param({key, value});
    return;
  }
  if (*number < 1 || !identified_) return;
  new_param(is_id ? "ga_session_id" : "ga_session_number").value.emplace().int_value = number;
}

// False when an item has more parameters than it may.
bool MeasurementEvents::add_items(const MeasurementEvent& event) {
  items_.clear();
  if (event.has_long_item) return false;
  for (std::size_t i = 0; i < event.items.count; ++i) {
    const MeasurementItem& sent = body_->items[event.items.first + i];
    if (!sent.is_object) {
      ++dropped_;
      continue;
    }
    row::Item& item = items_.emplace_back();
    item_params_.clear();
    for (std::size_t j = 0; j < sent.members.count; ++j) {
      add_item_member(body_->item_members[sent.members.first + j], item);
    }
    if (item_params_.empty()) continue;
    if (item_params_.size() > limits_.item_params.count) return false;
    event::keep_last_of_each_key(item_params_, keys_);
    auto* const kept = arena_.allocate_array<row::EventParam>(item_params_.size());
    std::uninitialized_copy(item_params_.begin(), item_params_.end(), kept);
    item.item_params = {kept, item_params_.size()};
  }
  return true;
}

void MeasurementEvents::add_item_member(const JsonMember& member, row::Item& item) {
  const auto* const field = row::find_field<row::Item>(member.key);
  if (field == nullptr || !is_sent_column(*field)) {
    row::ParamValue value;
    if (member.key.empty() || !set_value(member.value, value)) {
      ++dropped_;
      return;
    }
    auto& param = item_params_.emplace_back();
    param.key = member.key;
    param.value = value;
    return;
  }
  if (!member.value.is_present()) return;
  const auto text = member.value.scalar_text();
  if (field->kind() == row::FieldKind::kString) {
    if (!text.empty()) field->set_string(item, text);
    return;
  }
  if (field->name() == "index") {
    if (!text.empty() && !item.item_list_index) item.item_list_index = text;
    item.index = int_of(member.value);
    return;
  }
  const auto kept = set_item_number(field->name(), double_of(member.value), text, item);
  if (!kept) return;
  auto& param = item_params_.emplace_back();
  param.key = field->name();
  param.value = *kept;
  ++kept_;
}

bool MeasurementEvents::set_value(const JsonValue& value, row::ParamValue& out) {
  switch (value.kind) {
    case Kind::kText:
    case Kind::kBool:
      out.string_value = value.text;
      return true;
    case Kind::kNumber:
      if (value.number.is_integer) {
        out.int_value = value.number.integer;
      } else if (std::isfinite(value.number.value)) {
        out.double_value = value.number.value;
      } else {
        out.string_value = value.text;  // Beyond a double.
      }
      return true;
    case Kind::kAbsent:
    case Kind::kNull:
    case Kind::kList:
    case Kind::kObject:
      break;
  }
  return false;
}

row::EventParam& MeasurementEvents::new_param(std::string_view key) {
  auto& param = params_.emplace_back();
  param.key = key;
  return param;
}

}  // namespace rs::ga4
