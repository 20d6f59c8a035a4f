#include "ga4/measurement_body.h"

#include <cstring>

#include "base/text.h"

namespace rs::ga4 {
namespace {

using event::JsonCursor;
using Kind = JsonValue::Kind;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kPadding = 64;  // Bytes that JsonIndex may read behind its text.

struct FieldName {
  std::string_view name;
  JsonValue MeasurementBody::*value;
};
constexpr FieldName kTopFields[] = {
    {"client_id", &MeasurementBody::client_id},
    {"app_instance_id", &MeasurementBody::app_instance_id},
    {"user_id", &MeasurementBody::user_id},
    {"timestamp_micros", &MeasurementBody::timestamp_micros},
    {"user_agent", &MeasurementBody::user_agent},
    {"ip_override", &MeasurementBody::ip_override},
    {"non_personalized_ads", &MeasurementBody::non_personalized_ads},
    {"validation_behavior", &MeasurementBody::validation_behavior},
    {"user_data", &MeasurementBody::user_data},
};
constexpr FieldName kConsentFields[] = {
    {"ad_user_data", &MeasurementBody::ad_user_data},
    {"ad_personalization", &MeasurementBody::ad_personalization},
    {"ad_storage", &MeasurementBody::ad_storage},
    {"analytics_storage", &MeasurementBody::analytics_storage},
};
constexpr FieldName kLocationFields[] = {
    {"city", &MeasurementBody::city},
    {"region_id", &MeasurementBody::region_id},
    {"country_id", &MeasurementBody::country_id},
    {"subcontinent_id", &MeasurementBody::subcontinent_id},
    {"continent_id", &MeasurementBody::continent_id},
};
constexpr FieldName kDeviceFields[] = {
    {"category", &MeasurementBody::category},
    {"language", &MeasurementBody::language},
    {"screen_resolution", &MeasurementBody::screen_resolution},
    {"operating_system", &MeasurementBody::operating_system},
    {"operating_system_version", &MeasurementBody::operating_system_version},
    {"model", &MeasurementBody::model},
    {"brand", &MeasurementBody::brand},
    {"browser", &MeasurementBody::browser},
    {"browser_version", &MeasurementBody::browser_version},
};

const FieldName* find_field(std::span<const FieldName> fields, std::string_view key) {
  for (const auto& field : fields) {
    if (is_field(key, field.name)) return &field;
  }
  return nullptr;
}

bool holds_json(const JsonValue& value) {
  if (value.kind != Kind::kText) return false;
  const auto start = value.text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && (value.text[start] == '{' || value.text[start] == '[');
}

Kind kind_of(char first) {
  switch (first) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kList;
    case '"':
      return Kind::kText;
    case 'n':
      return Kind::kNull;
    case 't':
    case 'f':
      return Kind::kBool;
    default:
      return Kind::kNumber;
  }
}

// Memory of one huge body is not kept for ever.
template <class List>
void empty(List& list) {
  constexpr std::size_t kKept = 4096;
  if (list.capacity() > kKept) {
    list = {};
  } else {
    list.clear();
  }
}

}  // namespace

std::string_view JsonValue::scalar_text() const {
  return kind == Kind::kText || kind == Kind::kNumber || kind == Kind::kBool ? text
                                                                             : std::string_view();
}

bool is_field(std::string_view key, std::string_view name) {
  if (key == name) return true;
  std::size_t at = 0;
  for (std::size_t i = 0; i < name.size(); ++i, ++at) {
    if (at == key.size()) return false;
    char expected = name[i];
    if (expected == '_') expected = static_cast<char>(name[++i] - 'a' + 'A');
    if (key[at] != expected) return false;
  }
  return at == key.size();
}

void MeasurementBody::clear() {
  empty(events);
  empty(params);
  empty(item_members);
  empty(items);
  empty(properties);
  unknown_keys.clear();
  unknown = events_total = properties_total = 0;
  has_location = has_device = false;
  events_value = {};
  for (const auto fields :
       {std::span<const FieldName>(kTopFields), std::span<const FieldName>(kConsentFields),
        std::span<const FieldName>(kLocationFields), std::span<const FieldName>(kDeviceFields)}) {
    for (const auto& field : fields) this->*field.value = {};
  }
}

// One pass over one JSON text.
class MeasurementReader::Pass {
 public:
  Pass(MeasurementReader& reader, std::string_view text, std::size_t depth)
      : reader_(reader),
        body_(reader.body_),
        depth_(depth),
        json_(text, reader.indexes_[depth].positions(), reader.indexes_[depth].size(),
              reader.arena_) {}

  bool body();
  bool events();
  bool params(MeasurementEvent& event);
  [[nodiscard]] bool at_end() { return json_.at_end() || json_.fail("Extra data"); }
  [[nodiscard]] const event::JsonError& error() const { return json_.error(); }

 private:
  bool top_member(std::string_view key);
  bool event();
  bool event_member(std::string_view key, MeasurementEvent& event);
  bool items(MeasurementEvent& event);
  bool item(MeasurementEvent& event);
  bool properties();
  bool property(std::string_view name);
  bool message(std::span<const FieldName> fields, bool& present);
  bool value(JsonValue& out);

  MeasurementReader& reader_;
  MeasurementBody& body_;
  const std::size_t depth_;
  JsonCursor json_;
};

template <class What>
bool MeasurementReader::pass(std::string_view text, std::size_t depth, What&& what) {
  if (depth == kDepthMax) return false;
  if (depth > 0) {
    char* const copy = arena_.allocate(text.size() + kPadding);
    std::memcpy(copy, text.data(), text.size());
    std::memset(copy + text.size(), ' ', kPadding);
    text = {copy, text.size()};
  }
  if (!indexes_[depth].build(text)) {
    if (depth == 0) error_ = event::explain_unindexable(text);
    return false;
  }
  Pass pass(*this, text, depth);
  if (what(pass) && pass.at_end()) return true;
  if (depth == 0) error_ = pass.error();
  return false;
}

const MeasurementBody* MeasurementReader::read(std::string_view body) {
  body_.clear();
  error_ = {0, "Expecting value"};
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return nullptr;
  return pass(body, 0, [](Pass& top) { return top.body(); }) ? &body_ : nullptr;
}

bool MeasurementReader::Pass::body() {
  if (json_.peek() == '{') {
    return json_.object([this](std::string_view key) { return top_member(key); });
  }
  JsonValue whole;
  if (!value(whole)) return false;
  if (holds_json(whole) && reader_.pass(whole.text, depth_ + 1, [](Pass& in) { return in.body(); }))
    return true;
  return json_.fail("Expecting an object");
}

bool MeasurementReader::Pass::top_member(std::string_view key) {
  if (is_field(key, "events")) {
    body_.events_value.kind = kind_of(json_.peek());
    return events();
  }
  if (is_field(key, "user_properties")) return properties();
  if (is_field(key, "consent")) {
    bool present = false;
    return message(kConsentFields, present);
  }
  if (is_field(key, "user_location")) return message(kLocationFields, body_.has_location);
  if (is_field(key, "device")) return message(kDeviceFields, body_.has_device);
  if (const auto* const field = find_field(kTopFields, key)) return value(body_.*field->value);
  ++body_.unknown;
  if (body_.unknown_keys.size() < MeasurementBody::kUnknownMax) body_.unknown_keys.push_back(key);
  return json_.skip();
}

bool MeasurementReader::Pass::events() {
  switch (json_.peek()) {
    case '[':
      return json_.array([this] { return event(); });
    case '{':
      return event();
    default: {
      JsonValue text;
      if (!value(text)) return false;
      // A text that is not JSON is a list without events.
      if (holds_json(text)) {
        (void)reader_.pass(text.text, depth_ + 1, [](Pass& in) { return in.events(); });
      }
      return true;
    }
  }
}

bool MeasurementReader::Pass::event() {
  if (body_.events_total++ >= reader_.events_max_) return json_.skip();
  MeasurementEvent event;
  event.is_object = json_.peek() == '{';
  const bool read =
      event.is_object ? json_.object([&](std::string_view key) { return event_member(key, event); })
                      : json_.skip();
  if (read) body_.events.push_back(event);
  return read;
}

bool MeasurementReader::Pass::event_member(std::string_view key, MeasurementEvent& event) {
  if (is_field(key, "name")) return value(event.name);
  if (is_field(key, "timestamp_micros")) return value(event.timestamp_micros);
  if (!is_field(key, "params")) return json_.skip();
  if (json_.peek() == '{') return params(event);
  JsonValue text;
  if (!value(text)) return false;
  if (holds_json(text)) {
    (void)reader_.pass(text.text, depth_ + 1, [&event](Pass& in) { return in.params(event); });
  }
  return true;
}

bool MeasurementReader::Pass::params(MeasurementEvent& event) {
  if (json_.peek() != '{') return json_.skip();
  event.params = {body_.params.size(), 0};
  event.params_total = 0;
  return json_.object([&](std::string_view key) {
    if (key == "items" && json_.peek() == '[') return items(event);
    if (++event.params_total > reader_.limits_.params.count) return json_.skip();
    JsonMember param{key, {}};
    if (!value(param.value)) return false;
    body_.params.push_back(param);
    ++event.params.count;
    return true;
  });
}

bool MeasurementReader::Pass::items(MeasurementEvent& event) {
  event.items = {body_.items.size(), 0};
  event.items_total = 0;
  return json_.array([&] {
    if (++event.items_total > reader_.limits_.items.count) return json_.skip();
    ++event.items.count;
    return item(event);
  });
}

bool MeasurementReader::Pass::item(MeasurementEvent& event) {
  MeasurementItem& item = body_.items.emplace_back();
  item.is_object = json_.peek() == '{';
  if (!item.is_object) return json_.skip();
  item.members.first = body_.item_members.size();
  constexpr std::size_t kColumns = 32;  // Of an item; they come on top of its parameters.
  std::size_t total = 0;
  const bool read = json_.object([&](std::string_view key) {
    if (++total > reader_.limits_.item_params.count + kColumns) return json_.skip();
    JsonMember member{key, {}};
    if (!value(member.value)) return false;
    body_.item_members.push_back(member);
    ++item.members.count;
    return true;
  });
  event.has_long_item |= total > reader_.limits_.item_params.count + kColumns;
  return read;
}

bool MeasurementReader::Pass::properties() {
  if (json_.peek() != '{') return json_.skip();
  return json_.object([this](std::string_view name) { return property(name); });
}

bool MeasurementReader::Pass::property(std::string_view name) {
  if (++body_.properties_total > reader_.limits_.params.count) return json_.skip();
  MeasurementProperty property{name, {}, {}};
  // {"plan":{"value":"pro"}}, and {"plan":"pro"} as some senders write it.
  const bool read =
      json_.peek() != '{' ? value(property.value) : json_.object([&](std::string_view key) {
        if (is_field(key, "value")) return value(property.value);
        if (is_field(key, "timestamp_micros") || is_field(key, "set_timestamp_micros")) {
          return value(property.timestamp_micros);
        }
        return json_.skip();
      });
  if (read) body_.properties.push_back(property);
  return read;
}

bool MeasurementReader::Pass::message(std::span<const FieldName> fields, bool& present) {
  if (json_.peek() != '{') return json_.skip();
  present = true;
  return json_.object([&](std::string_view key) {
    const auto* const field = find_field(fields, key);
    return field == nullptr ? json_.skip() : value(body_.*field->value);
  });
}

bool MeasurementReader::Pass::value(JsonValue& out) {
  if (json_.at_end()) return json_.fail("Expecting value");
  out = {};
  out.kind = kind_of(json_.peek());
  if (out.kind == Kind::kText) return json_.string(out.text);
  const std::size_t start = json_.position();
  const bool read = out.kind == Kind::kNumber ? json_.number(out.number) : json_.skip();
  if (read) out.text = json_.text_since(start);
  return read;
}

}  // namespace rs::ga4
