#include "event/payload_parser.h"

#include <algorithm>
#include <memory>

#include "event/json_cursor.h"
#include "event/value_reader.h"

namespace rs::event {
namespace {

// Names that clients use for a column that is called otherwise: consent mode's ad_storage, and the
// dataLayer's tax and shipping (ga4.md sections 1.2, 4.2).
std::string_view column_name(std::string_view key) {
  if (is(key, "ad_storage")) return "ads_storage";
  if (is(key, "tax")) return "tax_value";
  if (is(key, "shipping")) return "shipping_value";
  return key;
}

bool is_sent_in_vain(std::string_view key) {
  return is(key, "v") || is(key, "_dcid_temp") || is(key, "common_cookie") ||
         key.starts_with("x-ga-");
}

// Memory of one huge event is not kept for ever.
template <class Element>
void empty(std::vector<Element>& list) {
  constexpr std::size_t kKept = 512;
  if (list.capacity() > kKept) {
    list = {};
  } else {
    list.clear();
  }
}

}  // namespace

// One pass over one body.
class PayloadParser::Reader {
 public:
  Reader(PayloadParser& parser, std::string_view body)
      : to_(parser),
        json_(body, parser.index_.positions(), parser.index_.size(), parser.arena_),
        values_(json_, parser.problems_),
        params_(json_, values_) {}

  // False when the body is not JSON; error() says where.
  bool event();
  [[nodiscard]] const JsonError& error() const { return json_.error(); }

 private:
  bool member(std::string_view key);
  bool items(const Path& path);
  bool item(const Path& path, row::Item& item);
  bool consent(const Path& path);
  template <class Message>
  bool message(const Path& path, std::optional<Message>& out);
  bool null_or_wrong(const ProblemKind& kind, const Path& path);

  PayloadParser& to_;
  JsonCursor json_;
  ValueReader values_;
  ParamReader params_;
  std::optional<std::string_view> event_name_;
  bool has_event_name_ = false;
};

bool PayloadParser::Reader::event() {
  const std::size_t start = json_.position();
  if (json_.peek() != '{') {
    if (!json_.skip()) return false;
    values_.note(problem::kNotObject, nullptr, start);
  } else {
    if (!json_.object([this](std::string_view key) { return member(key); })) return false;
    const Path path{nullptr, "event_name"};
    if (!has_event_name_) values_.note(problem::kMissing, &path, start);
    to_.payload_.event_name = event_name_.value_or("");
  }
  return json_.at_end() || json_.fail("Extra data");
}

bool PayloadParser::Reader::member(std::string_view key) {
  const Path path{nullptr, key};
  Payload& out = to_.payload_;
  // A repeated key takes back what the earlier one did wrong; but once problems were left unnoted,
  // nobody knows whose they were.
  if (!to_.problems_.empty() && to_.problems_.size() < kProblemsMax) {
    std::erase_if(to_.problems_, [&](const Problem& problem) {
      return !problem.loc.empty() &&
             problem.loc[0] == decltype(problem.loc)::value_type(std::string(key));
    });
  }
  if (is(key, "event_params")) {
    if (!params_.list(path, to_.event_params_)) return false;
    out.event_params = to_.event_params_;
    return true;
  }
  if (is(key, "event_name")) {
    has_event_name_ = true;
    const std::size_t start = json_.position();
    if (json_.peek() == 'n') return values_.wrong(problem::kNotText, path);
    if (!values_.text(path, event_name_)) return false;
    if (event_name_ && event_name_->empty()) values_.note(problem::kEmptyText, &path, start);
    return true;
  }
  if (is(key, "event_id")) return values_.text(path, out.event_id);
  if (is(key, "user_id")) return values_.text(path, out.user_id);
  if (is(key, "items")) return items(path);
  if (is(key, "privacy_info")) return consent(path);
  if (is(key, "user_properties")) {
    if (!params_.list(path, to_.user_properties_)) return false;
    out.user_properties = to_.user_properties_;
    return true;
  }
  if (is(key, "ecommerce")) return message(path, out.ecommerce);
  if (is(key, "app_info")) return message(path, out.app_info);
  if (is(key, "timestamp_micros")) return values_.integer(path, out.timestamp_micros);
  if (is(key, "batch_event_index")) return values_.integer(path, out.batch_event_index);
  if (is(key, "batch_page_id")) return values_.integer(path, out.batch_page_id);
  if (is(key, "batch_ordering_id")) return values_.integer(path, out.batch_ordering_id);
  ++(is_sent_in_vain(key) ? out.ignored_keys : out.unknown_keys);
  return json_.skip();
}

bool PayloadParser::Reader::null_or_wrong(const ProblemKind& kind, const Path& path) {
  return json_.peek() == 'n' ? json_.literal() : values_.wrong(kind, path);
}

// An object whose members are columns of Message.
template <class Message>
bool PayloadParser::Reader::message(const Path& path, std::optional<Message>& out) {
  out.reset();
  if (json_.peek() != '{') return null_or_wrong(problem::kNotObject, path);
  Message& message = out.emplace();
  return json_.object([&](std::string_view key) {
    const auto* field = row::find_field<Message>(column_name(key));
    return field == nullptr ? json_.skip() : values_.field(Path{&path, key}, *field, message);
  });
}

bool PayloadParser::Reader::consent(const Path& path) {
  auto& out = to_.payload_.privacy_info;
  out.reset();
  if (json_.peek() != '{') return null_or_wrong(problem::kNotObject, path);
  out.emplace();
  return json_.object([&](std::string_view key) {
    const auto* field = row::find_field<row::PrivacyInfo>(column_name(key));
    if (field == nullptr) return json_.skip();
    std::optional<std::string_view> said;
    if (!values_.consent(Path{&path, key}, said)) return false;
    if (said) field->set_string(*out, *said);
    return true;
  });
}

bool PayloadParser::Reader::items(const Path& path) {
  auto& items = to_.items_;
  items.clear();
  to_.payload_.items = {};
  if (json_.peek() != '[') return null_or_wrong(problem::kNotList, path);
  const std::size_t start = json_.position();
  std::size_t index = 0;
  const bool read = json_.array([&] {
    const Path element{&path, {}, index++};
    if (json_.peek() != '{') return values_.wrong(problem::kNotObject, element);
    return items.size() == kListMax ? json_.skip() : item(element, items.emplace_back());
  });
  if (!read) return false;
  if (index > kListMax) values_.note(problem::kLongList, &path, start);
  to_.payload_.items = items;
  return true;
}

bool PayloadParser::Reader::item(const Path& path, row::Item& item) {
  return json_.object([&](std::string_view key) {
    const Path member{&path, key};
    if (const auto* field = row::find_field<row::Item>(key)) {
      return values_.field(member, *field, item);
    }
    if (!is(key, "item_params")) return json_.skip();
    auto& params = to_.item_params_;
    if (!params_.list(member, params)) return false;
    auto* kept = to_.arena_.allocate_array<row::EventParam>(params.size());
    std::uninitialized_copy(params.begin(), params.end(), kept);
    item.item_params = {kept, params.size()};
    return true;
  });
}

void PayloadParser::reset() {
  arena_.clear();
  payload_ = {};
  problems_.clear();
  empty(event_params_);
  empty(item_params_);
  empty(user_properties_);
  empty(items_);
}

const Payload* PayloadParser::parse(std::string_view body) {
  reset();
  if (body.empty()) {
    problems_.push_back(make_problem(problem::kMissing, nullptr, "null"));
    return nullptr;
  }
  if (!index_.build(body)) {
    const JsonError error = explain_unindexable(body);
    problems_.push_back(json_invalid(error.position, error.reason));
    return nullptr;
  }
  Reader reader(*this, body);
  if (!reader.event()) {
    problems_.assign(1, json_invalid(reader.error().position, reader.error().reason));
  }
  return problems_.empty() ? &payload_ : nullptr;
}

}  // namespace rs::event
