#include "event/payload_parser.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "event/column_name.h"
#include "event/flat_keys.h"
#include "event/json_cursor.h"
#include "event/member.h"
#include "event/param_reader.h"
#include "event/problem_notes.h"

namespace rs::event {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr double kWholeQuantity = std::numeric_limits<double>::quiet_NaN();

bool has_key(std::span<const row::EventParam> params, std::string_view key) {
  return std::any_of(params.begin(), params.end(),
                     [&](const row::EventParam& param) { return param.key == key; });
}

// What `to` does not say is as `from` says.
void add_consent(const row::PrivacyInfo& from, row::PrivacyInfo& to) {
  using row::PrivacyInfo;
  for (const auto signal :
       {&PrivacyInfo::analytics_storage, &PrivacyInfo::ads_storage, &PrivacyInfo::ad_user_data,
        &PrivacyInfo::ad_personalization, &PrivacyInfo::functionality_storage,
        &PrivacyInfo::personalization_storage, &PrivacyInfo::security_storage}) {
    if (!(to.*signal)) to.*signal = from.*signal;
  }
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
        body_(body),
        json_(body, parser.index_.positions(), parser.index_.size(), parser.arena_),
        values_(json_, parser.notes_, parser.warnings_),
        params_(json_, values_, parser.keys_) {}

  // False when the body is not JSON; error() says where. `path` is the event's, null when the body
  // is the event.
  bool event(const Path* path, std::string_view fallback_name);
  bool list(std::size_t limit, const std::function<void(const Payload&)>& each, std::size_t& count);
  bool end() { return json_.at_end() || json_.fail("Extra data"); }
  [[nodiscard]] const JsonError& error() const { return json_.error(); }

 private:
  bool member(std::string_view key);
  bool event_name(const Path& path);
  bool event_params(const Path& path);
  bool user_properties(const Path& path);
  bool items(const Path& path);
  bool item(const Path& path, row::Item& item);
  bool consent(const Path& path, std::optional<row::PrivacyInfo>& out);
  bool consent_state(const Path& path);
  bool other(const Path& path);
  bool passed_over(const ProblemKind& kind, const Path& path);
  template <class Message>
  bool message(const Path& path, std::optional<Message>& out, KeptNumbers& kept);
  bool null_or_wrong(const ProblemKind& kind, const Path& path);
  void begin(Member member) { to_.notes_.begin(static_cast<std::size_t>(member)); }
  void keep_numbers_of(row::Item& item);
  void add_flat_to(row::Item& item);
  void finish_event();
  void keep_numbers_of_event();

  PayloadParser& to_;
  const std::string_view body_;
  JsonCursor json_;
  ValueReader values_;
  ParamReader params_;
  const Path* root_ = nullptr;  // Of the event.
  std::optional<std::string_view> event_name_;
  bool has_event_name_ = false;
  bool has_items_ = false;  // Beside event_name.
  // Elements sent so far.
  std::size_t event_params_ = 0, user_properties_ = 0, items_ = 0;
};

bool PayloadParser::Reader::event(const Path* path, std::string_view fallback_name) {
  root_ = path;
  event_name_.reset();
  has_event_name_ = false;
  has_items_ = false;
  event_params_ = user_properties_ = items_ = 0;
  const std::size_t start = json_.position();
  if (json_.peek() != '{') {
    if (!json_.skip()) return false;
    begin(Member::kNone);
    values_.note(problem::kNotObject, root_, start);
    return true;
  }
  if (!json_.object([this](std::string_view key) { return member(key); })) return false;
  if (!has_event_name_) {
    event_name_ = fallback_name;
    const Path name{root_, "event_name"};
    begin(Member::kEventName);
    if (fallback_name.empty()) values_.note(problem::kMissing, &name, start);
  }
  to_.payload_.event_name = event_name_.value_or("");
  finish_event();
  return true;
}

bool PayloadParser::Reader::list(std::size_t limit, const std::function<void(const Payload&)>& each,
                                 std::size_t& count) {
  const std::size_t start = json_.position();
  const bool read = json_.array([&] {
    const Path element{nullptr, {}, count++};
    if (count > limit) return json_.skip();
    to_.reset_payload();
    if (!event(&element, {})) return false;
    to_.describe_problems(body_);
    if (to_.problems_.empty()) each(to_.payload_);
    return true;
  });
  if (!read || !end()) return false;
  if (count == 0) {
    begin(Member::kNone);
    values_.note(problem::kEmptyList, nullptr, start);
    to_.describe_problems(body_);
  }
  return true;
}

bool PayloadParser::Reader::member(std::string_view key) {
  const Path path{root_, key};
  Payload& out = to_.payload_;
  const Member member = member_of(key);
  begin(member);
  switch (member) {
    case Member::kEventParams:
      return event_params(path);
    case Member::kEventName:
      return event_name(path);
    case Member::kEventId:
      return values_.text(path, out.event_id);
    case Member::kUserId:
      return values_.text(path, out.user_id);
    case Member::kItems:
      has_items_ = true;
      return items(path);
    case Member::kPrivacyInfo:
      return consent(path, out.privacy_info);
    case Member::kUserProperties:
      return user_properties(path);
    case Member::kEcommerce:
      to_.ecommerce_kept_.clear();
      return message(path, out.ecommerce, to_.ecommerce_kept_);
    case Member::kAppInfo:
      return message(path, out.app_info, to_.event_kept_);
    case Member::kTimestampMicros:
      return values_.moment(out.timestamp_micros, out.timestamp_unread);
    case Member::kBatchEventIndex:
      return values_.integer(path, out.batch_event_index, to_.event_kept_);
    case Member::kBatchPageId:
      return values_.integer(path, out.batch_page_id, to_.event_kept_);
    case Member::kBatchOrderingId:
      return values_.integer(path, out.batch_ordering_id, to_.event_kept_);
    case Member::kConsentState:
      return consent_state(path);
    case Member::kClientId:
      return values_.text(path, out.client_id);
    case Member::kUserPseudoId:
      return values_.text(path, out.user_pseudo_id);
    case Member::kNone:
    case Member::kUnknown:
      break;
  }
  return other(path);
}

bool PayloadParser::Reader::passed_over(const ProblemKind& kind, const Path& path) {
  const std::size_t start = json_.position();
  if (!json_.skip()) return false;
  values_.warn(kind, path, start);
  return true;
}

bool PayloadParser::Reader::other(const Path& path) {
  Payload& out = to_.payload_;
  if (is_ignored_key(path.key)) {
    ++out.ignored_keys;
    return passed_over(warning::kIgnoredKey, path);
  }
  if (const FlatKey flat = find_flat_key(path.key); flat.kind != FlatKind::kUnknown) {
    bool taken = false;
    if (!to_.flat_.read(path, flat, json_, values_, taken)) return false;
    if (!taken) ++out.unknown_keys;
    return true;
  }
  if (is_user_data_key(path.key)) {
    ++out.ignored_keys;
    return passed_over(warning::kUserData, path);
  }
  ++out.unknown_keys;
  return passed_over(warning::kUnknownKey, path);
}

bool PayloadParser::Reader::event_name(const Path& path) {
  has_event_name_ = true;
  event_name_.reset();
  const std::size_t start = json_.position();
  if (json_.peek() == 'n') return values_.wrong(problem::kNotText, path);
  if (!values_.text(path, event_name_)) return false;
  if (event_name_ && event_name_->empty()) values_.note(problem::kEmptyText, &path, start);
  return true;
}

bool PayloadParser::Reader::event_params(const Path& path) {
  auto& params = to_.event_params_;
  if (!params_.list(path, to_.limits_.params, event_params_, params)) return false;
  to_.payload_.event_params = params;
  return true;
}

bool PayloadParser::Reader::user_properties(const Path& path) {
  auto& properties = to_.user_properties_;
  if (!params_.list(path, to_.limits_.params, user_properties_, properties)) return false;
  to_.payload_.user_properties = properties;
  return true;
}

bool PayloadParser::Reader::null_or_wrong(const ProblemKind& kind, const Path& path) {
  return json_.peek() == 'n' ? json_.literal() : values_.wrong(kind, path);
}

// An object whose members are columns of Message.
template <class Message>
bool PayloadParser::Reader::message(const Path& path, std::optional<Message>& out,
                                    KeptNumbers& kept) {
  out.reset();
  if (json_.peek() != '{') return null_or_wrong(problem::kNotObject, path);
  Message& message = out.emplace();
  return json_.object([&](std::string_view key) {
    const Path member{&path, key};
    if (const auto* field = row::find_field<Message>(column_name(key))) {
      return values_.field(member, *field, message, kept);
    }
    if constexpr (std::is_same_v<Message, row::Ecommerce>) {
      // The dataLayer has them here.
      if (is(key, "items") && !has_items_) return items(member);
    }
    return passed_over(warning::kUnknownKey, member);
  });
}

// Tags that send the whole dataLayer may send anything here; what is not an object says nothing.
bool PayloadParser::Reader::consent_state(const Path& path) {
  if (json_.peek() == '{') return consent(path, to_.consent_state_);
  to_.consent_state_.reset();
  if (json_.peek() == 'n') return json_.literal();
  ++to_.payload_.unknown_keys;
  return passed_over(warning::kUnknownKey, path);
}

bool PayloadParser::Reader::consent(const Path& path, std::optional<row::PrivacyInfo>& out) {
  out.reset();
  if (json_.peek() != '{') return null_or_wrong(problem::kNotObject, path);
  out.emplace();
  return json_.object([&](std::string_view key) {
    const Path member{&path, key};
    const auto* field = row::find_field<row::PrivacyInfo>(column_name(key));
    if (field == nullptr) return passed_over(warning::kUnknownKey, member);
    std::optional<std::string_view> said;
    if (!values_.consent(member, said)) return false;
    field->clear(*out);
    if (said) field->set_string(*out, *said);
    return true;
  });
}

bool PayloadParser::Reader::items(const Path& path) {
  const ListLimit& limit = to_.limits_.items;
  auto& items = to_.items_;
  items.clear();
  to_.exact_quantities_.clear();
  to_.payload_.items = {};
  to_.payload_.exact_quantities = {};
  if (json_.peek() != '[') return null_or_wrong(problem::kNotList, path);
  const std::size_t start = json_.position();
  std::size_t index = 0;
  const bool read = json_.array([&] {
    const Path element{&path, {}, index++};
    if (++items_ > limit.count) return json_.skip();
    if (json_.peek() != '{') return values_.wrong(problem::kNotObject, element);
    return item(element, items.emplace_back());
  });
  if (!read) return false;
  if (items_ > limit.count) values_.note(problem::kLongList, &path, start, &limit);
  to_.payload_.items = items;
  if (!to_.exact_quantities_.empty()) {
    to_.exact_quantities_.resize(items.size(), kWholeQuantity);
    to_.payload_.exact_quantities = to_.exact_quantities_;
  }
  return true;
}

bool PayloadParser::Reader::item(const Path& path, row::Item& item) {
  to_.item_kept_.clear();
  to_.item_flat_.clear();
  const ListLimit& limit = to_.limits_.item_params;
  std::size_t params_sent = 0;
  const bool read = json_.object([&](std::string_view key) {
    const Path member{&path, key};
    if (const auto* field = row::find_field<row::Item>(key)) {
      return values_.field(member, *field, item, to_.item_kept_);
    }
    if (!is(key, "item_params")) {
      const std::size_t start = json_.position();
      std::optional<row::ParamValue> value;
      if (!values_.scalar(member, value)) return false;
      if (++params_sent == limit.count + 1) values_.note(problem::kLongList, &path, start, &limit);
      if (value && params_sent <= limit.count) to_.item_flat_.push_back({key, value});
      return true;
    }
    auto& params = to_.item_params_;
    if (!params_.list(member, limit, params_sent, params)) return false;
    auto* kept = to_.arena_.allocate_array<row::EventParam>(params.size());
    std::uninitialized_copy(params.begin(), params.end(), kept);
    item.item_params = {kept, params.size()};
    return true;
  });
  if (read && !to_.item_flat_.empty()) add_flat_to(item);
  if (read && !to_.item_kept_.empty()) keep_numbers_of(item);
  return read;
}

// As item_params, unless the client sent one of that name.
void PayloadParser::Reader::add_flat_to(row::Item& item) {
  auto& params = to_.item_flat_;
  params.insert(params.end(), item.item_params.begin(), item.item_params.end());
  keep_last_of_each_key(params, to_.keys_);
  auto* const kept = to_.arena_.allocate_array<row::EventParam>(params.size());
  std::uninitialized_copy(params.begin(), params.end(), kept);
  item.item_params = {kept, params.size()};
}

// As item_params, unless the client sent one of that name.
void PayloadParser::Reader::keep_numbers_of(row::Item& item) {
  const auto& kept = to_.item_kept_;
  const auto sent = item.item_params;
  auto* const params = to_.arena_.allocate_array<row::EventParam>(sent.size() + kept.size());
  auto* end = std::uninitialized_copy(sent.begin(), sent.end(), params);
  for (const auto& number : kept) {
    if (*number.key == "quantity" && item.quantity) {
      to_.exact_quantities_.resize(to_.items_.size(), kWholeQuantity);
      to_.exact_quantities_.back() = *number.value->double_value;
    }
    if (!has_key(sent, *number.key)) end = std::uninitialized_copy_n(&number, 1, end);
  }
  item.item_params = {params, end};
  to_.payload_.kept_numbers += kept.size();
}

void PayloadParser::Reader::finish_event() {
  Payload& out = to_.payload_;
  if (!to_.flat_.empty()) to_.flat_.add_to(to_.event_params_, out.ecommerce, to_.keys_);
  if (to_.consent_state_) {
    if (!out.privacy_info) out.privacy_info.emplace();
    add_consent(*to_.consent_state_, *out.privacy_info);
  }
  keep_numbers_of_event();
}

// As event_params, unless the client sent one of that name.
void PayloadParser::Reader::keep_numbers_of_event() {
  auto& params = to_.event_params_;
  for (const auto* kept : {&to_.ecommerce_kept_, &to_.event_kept_}) {
    for (const auto& number : *kept) {
      if (!has_key(params, *number.key)) params.push_back(number);
      ++to_.payload_.kept_numbers;
    }
  }
  to_.payload_.event_params = params;
  to_.payload_.kept_numbers += params_.take_kept_numbers();
}

void PayloadParser::reset() {
  reset_payload();
  problems_.clear();
}

void PayloadParser::reset_payload() {
  arena_.clear();
  payload_ = {};
  notes_.clear();
  item_kept_.clear();
  ecommerce_kept_.clear();
  event_kept_.clear();
  exact_quantities_.clear();
  flat_.clear();
  consent_state_.reset();
  empty(event_params_);
  empty(item_params_);
  empty(user_properties_);
  empty(items_);
}

bool PayloadParser::is_list(std::string_view body) {
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  const auto start = body.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && body[start] == '[';
}

const Payload* PayloadParser::parse(std::string_view body, std::string_view event_name) {
  reset();
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  if (body.empty()) {
    problems_.push_back(make_problem(problem::kMissing, "null"));
    return nullptr;
  }
  if (!build_index(body)) return nullptr;
  Reader reader(*this, body);
  if (!reader.event(nullptr, event_name) || !reader.end()) {
    problems_.push_back(json_invalid(reader.error().position, reader.error().reason));
    return nullptr;
  }
  describe_problems(body);
  return problems_.empty() ? &payload_ : nullptr;
}

std::size_t PayloadParser::parse_list(std::string_view body, std::size_t limit,
                                      const std::function<void(const Payload&)>& each) {
  reset();
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  std::size_t count = 0;
  if (!build_index(body)) return count;
  Reader reader(*this, body);
  if (!reader.list(limit, each, count)) {
    problems_.assign(1, json_invalid(reader.error().position, reader.error().reason));
  }
  return count;
}

bool PayloadParser::build_index(std::string_view body) {
  if (index_.build(body)) return true;
  const JsonError error = explain_unindexable(body);
  problems_.push_back(json_invalid(error.position, error.reason));
  return false;
}

// Of the event at hand; its notes are views into what the next event takes over.
void PayloadParser::describe_problems(std::string_view body) {
  if (notes_.empty()) return;
  notes_.describe(body, problems_);
  if (problems_.size() > kProblemsMax) problems_.resize(kProblemsMax);
}

}  // namespace rs::event
