#include "fakes/bigquery/json.h"

#include <algorithm>

#include <simdjson.h>

#include "base/text.h"

namespace rs::fakes {
namespace {

Json copy(const simdjson::dom::element& element) {
  switch (element.type()) {
    case simdjson::dom::element_type::ARRAY: {
      Json out = Json::array();
      for (const auto item : simdjson::dom::array(element)) out.push(copy(item));
      return out;
    }
    case simdjson::dom::element_type::OBJECT: {
      Json out = Json::object();
      for (const auto member : simdjson::dom::object(element)) out[member.key] = copy(member.value);
      return out;
    }
    case simdjson::dom::element_type::STRING:
      return Json::of(std::string_view(element));
    case simdjson::dom::element_type::BOOL:
      return Json::of(bool(element));
    case simdjson::dom::element_type::NULL_VALUE:
      return {};
    default:
      return Json::raw(simdjson::minify(element));
  }
}

}  // namespace

Json Json::of(std::string_view text) {
  Json out(Kind::kString);
  out.text_ = text;
  return out;
}

Json Json::of(bool value) {
  Json out(Kind::kBool);
  out.text_ = value ? "true" : "false";
  return out;
}

Json Json::of(std::uint64_t value) {
  return raw(std::to_string(value));
}

Json Json::raw(std::string text) {
  Json out(Kind::kNumber);
  out.text_ = std::move(text);
  return out;
}

Result<Json> Json::parse(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root);
      error != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, simdjson::error_message(error));
  }
  return copy(root);
}

const Json* Json::find(std::string_view key) const {
  const auto at = std::find_if(members_.begin(), members_.end(),
                               [&](const Member& member) { return member.first == key; });
  return at == members_.end() ? nullptr : &at->second;
}

Json* Json::find(std::string_view key) {
  return const_cast<Json*>(std::as_const(*this).find(key));
}

std::string_view Json::text(std::string_view key) const {
  const Json* member = find(key);
  return member == nullptr ? std::string_view{} : member->text();
}

Json& Json::operator[](std::string_view key) {
  if (kind_ == Kind::kNull) kind_ = Kind::kObject;
  if (Json* member = find(key)) return *member;
  return members_.emplace_back(key, Json{}).second;
}

void Json::remove(std::string_view key) {
  std::erase_if(members_, [&](const Member& member) { return member.first == key; });
}

void Json::print(std::string& out) const {
  char separator = 0;
  const auto next = [&] {
    if (separator != 0) out += separator;
    separator = ',';
  };
  switch (kind_) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kBool:
    case Kind::kNumber:
      out += text_;
      break;
    case Kind::kString:
      out += '"';
      append_json_escaped(out, text_);
      out += '"';
      break;
    case Kind::kArray:
      out += '[';
      for (const Json& item : items_) {
        next();
        item.print(out);
      }
      out += ']';
      break;
    case Kind::kObject:
      out += '{';
      for (const auto& [key, value] : members_) {
        next();
        out += '"';
        append_json_escaped(out, key);
        out += "\":";
        value.print(out);
      }
      out += '}';
      break;
  }
}

std::string Json::print() const {
  std::string out;
  print(out);
  return out;
}

}  // namespace rs::fakes
