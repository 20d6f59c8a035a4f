#include "ga4/validation.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "ga4/google_cookies.h"
#include "ga4/number_text.h"
#include "ga4/reserved_names.h"

namespace rs::ga4 {
namespace {

using Kind = JsonValue::Kind;
using Messages = std::vector<ValidationMessage>;

constexpr std::string_view kValueInvalid = "VALUE_INVALID", kValueRequired = "VALUE_REQUIRED",
                           kNameInvalid = "NAME_INVALID", kNameReserved = "NAME_RESERVED",
                           kOutOfBounds = "VALUE_OUT_OF_BOUNDS",
                           kExceeded = "EXCEEDED_MAX_ENTITIES", kDuplicated = "NAME_DUPLICATED",
                           kInternal = "INTERNAL_ERROR";

constexpr std::size_t kEventsMax = 25, kParamsMax = 25, kPropertiesMax = 25, kItemsMax = 200;
constexpr std::size_t kNameMax = 40, kValueMax = 100;                 // Characters.
constexpr std::size_t kPropertyNameMax = 24, kPropertyValueMax = 36;  // Characters.
constexpr std::size_t kMessagesMax = 100;                             // The rest is not reported.

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

// Characters, not bytes.
std::size_t length(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::size_t value_max(std::string_view param) {
  if (param == "page_title") return 300;
  if (param == "page_referrer") return 420;
  return param == "page_location" ? 1000 : kValueMax;
}

std::string bracketed(std::string_view text) {
  return "[" + std::string(text) + "]";
}

// <number>.<number>
bool is_client_id(std::string_view text) {
  const auto dot = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
  };
  return dot != std::string_view::npos && digits(text.substr(0, dot)) &&
         digits(text.substr(dot + 1));
}

class Validator {
 public:
  Validator(const MeasurementQuery& query, Messages& out) : query_(query), out_(out) {}

  void check_query();
  void check_types(const MeasurementBody& body);
  void check_content(const MeasurementBody& body, std::int64_t now_micros);
  void add(std::string_view code, std::string_view path, std::string description) {
    if (out_.size() < kMessagesMax)
      out_.push_back({std::string(path), std::move(description), code});
  }

 private:
  void unparsable(std::string description) {
    add(kValueInvalid, "",
        "Unable to parse Measurement Protocol JSON payload. " + std::move(description));
  }
  void check_ids(const MeasurementBody& body);
  void check_event(const MeasurementBody& body, const MeasurementEvent& event, std::size_t index);
  void check_event_name(std::string_view name, std::size_t index);
  void check_params(const MeasurementBody& body, const MeasurementEvent& event, std::size_t index);
  void check_items(const MeasurementBody& body, const MeasurementEvent& event, std::size_t index);
  void check_properties(const MeasurementBody& body);
  void check_time(const JsonValue& time, std::string_view path, std::int64_t now_micros);

  const MeasurementQuery& query_;
  Messages& out_;
  bool enforce_ = false;
};

void Validator::check_query() {
  const auto missing = [this](std::string_view name) {
    add(kValueRequired, name,
        "Unable to find non-empty parameter " + bracketed(name) + " value in request.");
  };
  if (query_.api_secret.empty()) {
    missing("api_secret");
  } else if (query_.stream_id().empty()) {
    missing("measurement_id");
  }
}

// What protobuf's JSON refuses: only the first problem is known there.
void Validator::check_types(const MeasurementBody& body) {
  if (!body.unknown_keys.empty()) {
    return unparsable("(" + std::string(body.unknown_keys.front()) + "): Cannot find field.");
  }
  const struct {
    std::string_view name;
    const JsonValue& value;
  } texts[] = {{"client_id", body.client_id},
               {"app_instance_id", body.app_instance_id},
               {"user_id", body.user_id},
               {"user_agent", body.user_agent},
               {"ip_override", body.ip_override}};
  for (const auto& [name, value] : texts) {
    if (value.is_present() && value.kind != Kind::kText) {
      return unparsable("(" + std::string(name) + "): Expected a text.");
    }
  }
  if (body.timestamp_micros.is_present() && !micros_of(body.timestamp_micros)) {
    return unparsable("(timestamp_micros): Expected a number of microseconds.");
  }
  for (const auto* const value : {&body.ad_user_data, &body.ad_personalization}) {
    if (!value->is_present() || value->text == "GRANTED" || value->text == "DENIED") continue;
    return unparsable("(consent): Invalid value " + bracketed(value->text) +
                      "; expected GRANTED or DENIED.");
  }
  const auto behavior = body.validation_behavior.text;
  if (body.validation_behavior.is_present() && behavior != "RELAXED" &&
      behavior != "ENFORCE_RECOMMENDATIONS") {
    return unparsable("(validation_behavior): Invalid value " + bracketed(behavior) + ".");
  }
  for (std::size_t i = 0; i < body.events.size(); ++i) {
    if (!body.events[i].is_object) {
      return unparsable("(events" + bracketed(std::to_string(i)) + "): Expected an object.");
    }
  }
}

void Validator::check_content(const MeasurementBody& body, std::int64_t now_micros) {
  enforce_ = body.validation_behavior.text == "ENFORCE_RECOMMENDATIONS";
  check_ids(body);
  if (body.events_total == 0) {
    add(kValueRequired, "events", "Measurement requires at least one event.");
  }
  if (body.events_total > kEventsMax) {
    add(kExceeded, "events",
        "Measurement can have at most [25] events, but has " +
            bracketed(std::to_string(body.events_total)) + ".");
  }
  check_time(body.timestamp_micros, "timestamp_micros", now_micros);
  check_properties(body);
  for (std::size_t i = 0; i < body.events.size(); ++i) {
    check_event(body, body.events[i], i);
    check_time(body.events[i].timestamp_micros, "events", now_micros);
    // An internal error ends the validation.
    if (!out_.empty() && out_.back().code == kInternal) return;
  }
}

void Validator::check_ids(const MeasurementBody& body) {
  if (!query_.is_app()) {
    const auto id = client_id_in(body.client_id.scalar_text());
    if (id.empty()) {
      add(kValueRequired, "client_id", "Measurement requires a client_id.");
    } else if (enforce_ && !is_client_id(id)) {
      add(kValueInvalid, "client_id",
          "client_id " + bracketed(id) +
              " has invalid format. It should be in <number>.<number> format.");
    }
    return;
  }
  constexpr std::size_t kDigits = 32;
  const auto id = body.app_instance_id.scalar_text();
  if (id.empty()) {
    return add(kValueRequired, "app_instance_id", "Measurement requires an app_instance_id.");
  }
  if (id.size() != kDigits) {
    return add(
        kValueInvalid, "app_instance_id",
        "Measurement app_instance_id is expected to be a 32 digit hexadecimal number but was " +
            bracketed(std::to_string(id.size())) + " digits.");
  }
  const auto bad = std::find_if_not(id.begin(), id.end(), [](char c) {
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
  });
  if (bad != id.end()) {
    add(kValueInvalid, "app_instance_id",
        "Measurement app_instance_id contains non hexadecimal character " +
            bracketed(std::string_view(&*bad, 1)) + ".");
  }
}

void Validator::check_time(const JsonValue& time, std::string_view path, std::int64_t now_micros) {
  constexpr std::int64_t kBackMax = std::int64_t{72} * 3600 * 1'000'000;
  const auto micros = micros_of(time);
  if (!enforce_ || !micros) return;
  if (*micros < now_micros - kBackMax || *micros > now_micros) {
    add(kValueInvalid, path,
        "timestamp_micros " + bracketed(time.text) + " is not within the last 72 hours.");
  }
}

void Validator::check_properties(const MeasurementBody& body) {
  constexpr std::string_view kPath = "user_properties";
  if (enforce_ && body.properties_total > kPropertiesMax) {
    add(kExceeded, kPath, "Measurement can have at most [25] user properties.");
  }
  std::set<std::string_view> names;
  for (const auto& property : body.properties) {
    const std::string name = "User property " + bracketed(property.name);
    if (!names.insert(property.name).second) {
      add(kDuplicated, kPath, name + " is sent more than once.");
    }
    if (is_reserved_property(property.name)) {
      add(kNameReserved, kPath, name + " has a name that is reserved.");
    } else if (property.name.empty() || !is_letter(property.name.front()) ||
               !is_name(property.name)) {
      add(kNameInvalid, kPath,
          name +
              " has an invalid name. Names start with a letter and have only alphanumeric "
              "characters and underscores.");
    }
    if (!enforce_) continue;
    if (length(property.name) > kPropertyNameMax) {
      add(kNameInvalid, kPath, name + " has a name longer than [24] characters.");
    }
    if (length(property.value.scalar_text()) > kPropertyValueMax) {
      add(kOutOfBounds, kPath, name + " has a value longer than [36] characters.");
    }
  }
}

void Validator::check_event(const MeasurementBody& body, const MeasurementEvent& event,
                            std::size_t index) {
  const auto name = event.name.scalar_text();
  if (name.empty()) {
    add(kValueRequired, "events",
        "Event at index: " + bracketed(std::to_string(index)) + " requires a name.");
  } else {
    check_event_name(name, index);
  }
  check_params(body, event, index);
  check_items(body, event, index);
}

void Validator::check_event_name(std::string_view name, std::size_t index) {
  const std::string event = "Event at index: " + bracketed(std::to_string(index));
  const std::string invalid = event + " has invalid name " + bracketed(name) + ". ";
  if (is_reserved_event(name) || (is_app_event(name) && !query_.is_app())) {
    add(kNameReserved, "events", event + " has name " + bracketed(name) + " which is reserved.");
  } else if (!is_letter(name.front())) {
    add(kNameInvalid, "events", invalid + "Names must start with an alphabetic character.");
  } else if (!is_name(name)) {
    add(kNameInvalid, "events",
        invalid + "Only alphanumeric characters and underscores are allowed.");
  } else if (length(name) > kNameMax) {
    add(kNameInvalid, "events", invalid + "Names have at most [40] characters.");
  }
}

void Validator::check_params(const MeasurementBody& body, const MeasurementEvent& event,
                             std::size_t index) {
  const std::string at = "Event at index: " + bracketed(std::to_string(index));
  const std::string path = "events" + bracketed(std::to_string(index)) + ".params";
  if (enforce_ && event.params_total > kParamsMax) {
    add(kExceeded, path,
        at + " can have at most [25] parameters, but has " +
            bracketed(std::to_string(event.params_total)) + ".");
  }
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < event.params.count; ++i) {
    const JsonMember& param = body.params[event.params.first + i];
    const std::string name = at + " has parameter " + bracketed(param.key);
    if (!names.insert(param.key).second) add(kDuplicated, path, name + " more than once.");
    // The screen of an app is sent under a name with a reserved prefix.
    const bool is_screen = query_.is_app() && param.key.starts_with("firebase_screen");
    if (is_reserved_param(param.key) && !is_screen) {
      add(kNameReserved, path, name + " whose name is reserved.");
    } else if (param.key.empty() || !is_letter(param.key.front()) || !is_name(param.key)) {
      add(kNameInvalid, path,
          name +
              " with an invalid name. Names start with a letter and have only alphanumeric "
              "characters and underscores.");
    }
    if (!enforce_) continue;
    if (length(param.key) > kNameMax) {
      add(kNameInvalid, path, name + " whose name is longer than [40] characters.");
    }
    if (length(param.value.scalar_text()) > value_max(param.key)) {
      add(kOutOfBounds, path,
          name + " whose value is longer than " + bracketed(std::to_string(value_max(param.key))) +
              " characters.");
    }
    if (param.value.kind == Kind::kList || param.value.kind == Kind::kObject) {
      add(kValueInvalid, path, name + " whose value is neither text nor a number.");
    }
  }
}

void Validator::check_items(const MeasurementBody& body, const MeasurementEvent& event,
                            std::size_t index) {
  if (enforce_ && event.items_total > kItemsMax) {
    add(kExceeded, "events" + bracketed(std::to_string(index)) + ".params.items",
        "Event at index: " + bracketed(std::to_string(index)) + " can have at most [200] items.");
  }
  for (std::size_t i = 0; i < event.items.count; ++i) {
    const MeasurementItem& item = body.items[event.items.first + i];
    for (std::size_t j = 0; j < item.members.count; ++j) {
      const JsonMember& member = body.item_members[item.members.first + j];
      if (member.key != "price" && member.key != "quantity" && member.key != "discount") continue;
      if (member.value.kind != Kind::kText || read_double(member.value.text)) continue;
      return add(kInternal, "",
                 "Validation of item." + std::string(member.key) +
                     " should prevent conversion from unsupported value [string_value: \"" +
                     std::string(member.value.text) + "\"]");
    }
  }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out.append("\"").append(name).append("\":\"");
  append_json_escaped(out, value);
  out.append("\"");
}

}  // namespace

Messages validate(const MeasurementQuery& query, const MeasurementBody* body,
                  const event::JsonError& error, std::int64_t now_micros) {
  Messages out;
  Validator validator(query, out);
  validator.check_query();
  if (!out.empty()) return out;
  if (body == nullptr) {
    validator.add(kValueInvalid, "",
                  "Unable to parse Measurement Protocol JSON payload. " +
                      std::string(error.reason) + " at byte " + std::to_string(error.position) +
                      ".");
    return out;
  }
  validator.check_types(*body);
  if (out.empty()) validator.check_content(*body, now_micros);
  return out;
}

void append_validation(std::string& out, const Messages& messages) {
  out.append("{\"validationMessages\":[");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (i > 0) out.append(",");
    out.append("{");
    if (!messages[i].field_path.empty()) {
      append_member(out, "fieldPath", messages[i].field_path);
      out.append(",");
    }
    append_member(out, "description", messages[i].description);
    out.append(",");
    append_member(out, "validationCode", messages[i].code);
    out.append("}");
  }
  out.append("]}");
}

}  // namespace rs::ga4
