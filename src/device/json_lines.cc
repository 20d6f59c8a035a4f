#include "device/json_lines.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace rs::device {
namespace {

using simdjson::dom::element, simdjson::dom::element_type;

std::string_view text_or_empty(element object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

void add_list(std::string_view name, element list, ClientHints& hints) {
  const bool is_full = equals_ignoring_case(name, "fullVersionList");
  const bool is_brands = equals_ignoring_case(name, "brands");
  if (is_full || is_brands) hints.begin_brands(is_full ? Hint::kFullVersionList : Hint::kBrands);
  simdjson::dom::array items;
  if (list.get(items) != simdjson::SUCCESS) return;
  for (const element item : items) {
    std::string_view form_factor;
    if (is_full || is_brands) {
      hints.add_brand(text_or_empty(item, "brand"), text_or_empty(item, "version"));
    } else if (equals_ignoring_case(name, "formFactors") &&
               item.get(form_factor) == simdjson::SUCCESS) {
      hints.add_form_factor(form_factor);
    }
  }
}

void add_header(std::string_view name, element value, ClientHints& hints, Question& question) {
  const auto hint = ClientHints::find(name);
  switch (value.type()) {
    case element_type::ARRAY:
      if (value.get_array().value_unsafe().size() > 0) add_list(name, value, hints);
      break;
    case element_type::STRING:
      if (hint) {
        hints.add(*hint, value.get_string().value_unsafe());
        question[*hint] = value.get_string().value_unsafe();
      }
      break;
    case element_type::BOOL:
      if (hint == Hint::kMobile && value.get_bool().value_unsafe()) hints.add_mobile(true);
      break;
    default:
      break;
  }
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  out.append("\"").append(name).append("\":");
  append_text(out, text);
}

void append_member_if_known(std::string& out, std::string_view name, std::string_view text) {
  if (text.data() != nullptr) append_member(out, name, text);
}

void append_bot(std::string& out, const BotFound& bot) {
  out += R"({"is_bot":true,"bot":{)";
  append_member(out, "name", bot.name);
  append_member_if_known(out, "category", bot.category);
  append_member_if_known(out, "url", bot.url);
  if (bot.producer_name.data() != nullptr || bot.producer_url.data() != nullptr) {
    out += R"(,"producer":{)";
    append_member_if_known(out, "name", bot.producer_name);
    append_member_if_known(out, "url", bot.producer_url);
    out += '}';
  }
  out += "}}";
}

void append_system(std::string& out, const Detection& detection) {
  if (!detection.has_system) {
    out += R"(,"os":null)";
    return;
  }
  out += R"(,"os":{)";
  append_member(out, "name", detection.system.name);
  append_member(out, "short_name", detection.system.short_name);
  append_member(out, "version", detection.system.version);
  append_member(out, "platform", detection.system.platform);
  out += '}';
}

void append_client(std::string& out, const ClientFound& client) {
  if (client.type == ClientType::kNone) {
    out += R"(,"client":null)";
    return;
  }
  out += R"(,"client":{)";
  append_member(out, "type", name_of(client.type));
  append_member(out, "name", client.name);
  if (client.type == ClientType::kBrowser) append_member(out, "short_name", client.short_name);
  append_member(out, "version", client.version);
  if (client.type == ClientType::kBrowser) {
    append_member(out, "engine", client.engine);
    append_member(out, "engine_version", client.engine_version);
  }
  out += '}';
}

std::string_view or_unknown(std::string_view text) {
  return text.empty() ? "Unknown" : text;
}

}  // namespace

struct QuestionReader::Parser {
  simdjson::dom::parser parser;
};

QuestionReader::QuestionReader() : parser_(std::make_unique<Parser>()) {}
QuestionReader::~QuestionReader() = default;

Result<void> QuestionReader::read(std::string_view line) {
  user_agent_ = {};
  hints_.clear();
  question_ = {};
  element question;
  const auto error = parser_->parser.parse(line.data(), line.size()).get(question);
  if (error != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("not JSON: {}", simdjson::error_message(error)));
  }
  if (question["ua"].get(user_agent_) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, R"(expected {"ua": "...", "headers": {...} or null})");
  }
  question_.user_agent = user_agent_;
  simdjson::dom::object headers;
  if (question["headers"].get(headers) == simdjson::SUCCESS) {
    hints_.set_present();
    for (const auto [name, value] : headers) add_header(name, value, hints_, question_);
  }
  return {};
}

void append_answer(std::string& out, const Detection& detection) {
  if (detection.is_bot) return append_bot(out, detection.bot);
  out += R"({"is_bot":false)";
  append_system(out, detection);
  append_client(out, detection.client);
  out += R"(,"device":{)";
  append_member(out, "type", name_of(detection.device.type));
  append_member(out, "brand", detection.device.brand);
  append_member(out, "model", detection.device.model);
  out += "},\"os_family\":";
  append_text(out, or_unknown(detection.system.family));
  out += ",\"browser_family\":";
  append_text(out, or_unknown(detection.client.family));
  fmt::format_to(std::back_inserter(out),
                 R"(,"is_mobile":{},"is_desktop":{},"is_touch_enabled":{}}})", detection.is_mobile,
                 detection.is_desktop, detection.is_touch);
}

}  // namespace rs::device
