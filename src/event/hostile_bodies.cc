#include "event/hostile_bodies.h"

#include <functional>

namespace rs::event {
namespace {

using Unit = std::function<std::string(std::size_t)>;

std::string number(std::size_t i) {
  return std::to_string(i);
}

// `opening`, then `unit(0),unit(1),...` up to `size`, then `closing`.
std::string filled(std::size_t size, std::string_view opening, const Unit& unit,
                   std::string_view closing, std::string_view separator = ",") {
  std::string out = R"({"event_name":"e",)";
  out += opening;
  for (std::size_t i = 0; out.size() + closing.size() < size; ++i) {
    if (i > 0) out += separator;
    out += unit(i);
  }
  return out.append(closing);
}

Unit always(std::string text) {
  return [text = std::move(text)](std::size_t) { return text; };
}

std::string repeated(std::string_view unit, std::size_t count, std::string_view separator = ",") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.append(i > 0 ? separator : "").append(unit);
  return out;
}

// `count` parameters with different keys of one length.
std::string params(std::size_t count, std::string_view prefix = "k") {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out.append(i > 0 ? "," : "").append("{\"key\":\"").append(prefix);
    out.append(number(100'000 + i)).append("\"}");
  }
  return out;
}

void add_keys(std::size_t size, std::vector<HostileBody>& out) {
  const auto unknown = [](std::size_t i) { return "\"" + number(i) + "\":0"; };
  out.push_back({"unknown keys, all different", filled(size, "", unknown, "}")});
  out.push_back({"unknown keys, all the same", filled(size, "", always("\"a\":0"), "}")});
  out.push_back({"unknown keys with escapes", filled(size, "", always(R"("\u0061\n":0)"), "}")});
  out.push_back({"empty keys", filled(size, "", always(R"("":"")"), "}")});
  out.push_back(
      {"unknown keys behind problems",
       filled(size, R"("user_id":[],"items":[)" + repeated("0", 18) + "],", unknown, "}")});
  out.push_back({"unknown fields of an item", filled(size, "\"items\":[{", unknown, "}]}")});
  out.push_back({"one long key", filled(size, "\"", always("k"), "\":1}", "")});
}

void add_problems(std::size_t size, std::vector<HostileBody>& out) {
  out.push_back({"items that are numbers, again and again",
                 filled(size, "", always("\"items\":[" + repeated("0", 19) + "]"), "}")});
  out.push_back(
      {"a wrong value, again and again", filled(size, "", always(R"("user_id":[])"), "}")});
  out.push_back({"a wrong list in one list", filled(size, "\"items\":[", always("0"), "]}")});
  out.push_back(
      {"parameters without a key", filled(size, "\"event_params\":[", always("{}"), "]}")});
  out.push_back({"parameters with NUL in the key",
                 filled(size, "\"event_params\":[", always(R"({"key":"\u0000"})"), "]}")});
  out.push_back(
      {"wrong fields of one item", filled(size, "\"items\":[{", always("\"price\":[]"), "}]}")});
  out.push_back({"consent in unknown words",
                 filled(size, "\"privacy_info\":{", always(R"("ad_storage":"?")"), "}}")});
  out.push_back(
      {"wrong values of one parameter", filled(size, R"("event_params":[{"key":"k","value":{)",
                                               always("\"int_value\":[]"), "}}]}")});
}

void add_lists(std::size_t size, std::vector<HostileBody>& out) {
  out.push_back({"items without fields", filled(size, "\"items\":[", always("{}"), "]}")});
  out.push_back({"lists of items, again and again",
                 filled(size, "", always("\"items\":[" + repeated("{}", 500) + "]"), "}")});
  out.push_back({"parameters of one key",
                 filled(size, "\"event_params\":[", always(R"({"key":"k"})"), "]}")});
  out.push_back({"lists of parameters, again and again",
                 filled(size, "", always("\"event_params\":[" + params(48) + "]"), "}")});
  out.push_back(
      {"item parameters in many short lists",
       filled(size, "\"items\":[", always("{\"item_params\":[" + params(16) + "]}"), "]}")});
  out.push_back(
      {"item parameters in many long lists",
       filled(size, "\"items\":[", always("{\"item_params\":[" + params(100) + "]}"), "]}")});
  out.push_back(
      {"lists of one item's parameters, again and again",
       filled(size, "\"items\":[{", always("\"item_params\":[" + params(20) + "]"), "}]}")});
  const std::string prefix(size / 500, 'p');
  out.push_back(
      {"long keys that differ at their ends",
       filled(
           size, "\"event_params\":[",
           [&](std::size_t i) { return R"({"key":")" + prefix + number(i) + "\"}"; }, "]}")});
  out.push_back({"user properties of one key",
                 filled(size, "\"user_properties\":[",
                        always(R"({"key":"k","value":{"int_value":1}})"), "]}")});
}

void add_numbers(std::size_t size, std::vector<HostileBody>& out) {
  const std::string halfway = "9007199254740993.0000000000000000001";
  const std::string digits(700, '7');
  for (const auto& [form, text] : std::vector<std::pair<std::string_view, std::string>>{
           {"zeros", "0"},
           {"numbers beyond a double", "1e999"},
           {"numbers below a double", "1e-999"},
           {"numbers between two doubles", halfway},
           {"numbers of 700 digits", digits},
           {"numbers of 700 digits in front of a small power", "0." + digits + "e-300"}}) {
    out.push_back({form, filled(size, "\"x\":[", always(text), "]}")});
    out.push_back({form, filled(size, "\"items\":[{", always("\"price\":" + text), "}]}")});
  }
  out.push_back({"one long number", filled(size, "\"x\":1", always("0"), "}", "")});
  out.push_back({"one long number in a column",
                 filled(size, "\"ecommerce\":{\"value\":1", always("0"), "}}", "")});
  out.push_back({"one long fraction in a column",
                 filled(size, "\"ecommerce\":{\"value\":0.", always("3"), "}}", "")});
  std::string grouped = "1";
  while (grouped.size() < 390) grouped += ",234";
  for (const std::string& text :
       {grouped, std::string("free"), std::string(390, '1') + "x", std::string("$1,5")}) {
    out.push_back({"text in one column",
                   filled(size, "\"items\":[{", always("\"price\":\"" + text + "\""), "}]}")});
    out.push_back(
        {"text in a column of many items",
         filled(size, "\"items\":[",
                always("{\"price\":\"" + text + "\",\"quantity\":\"" + text + "\",\"index\":1.5}"),
                "]}")});
  }
  out.push_back({"text in int_value", filled(size, R"("event_params":[{"key":"k","value":{)",
                                             always(R"("int_value":"x")"), "}}]}")});
  out.push_back(
      {"times",
       filled(size, "", always(R"("timestamp_micros":"2026-11-30T14:00:00.123456Z")"), "}")});
  out.push_back({"one long time", filled(size, "\"timestamp_micros\":\"2026-11-30T14:00:00.",
                                         always("1"), "\"}", "")});
}

void add_texts(std::size_t size, std::vector<HostileBody>& out) {
  for (const std::string unit :
       {"\\n", "\\u00e9", "\\ud83d", "\\ud83d\\ude00", "\\\\", "a\\u0000"}) {
    out.push_back({"escapes in one text", filled(size, "\"user_id\":\"", always(unit), "\"}", "")});
    out.push_back(
        {"texts with an escape", filled(size, "\"x\":[", always("\"" + unit + "\""), "]}")});
  }
  out.push_back({"empty texts", filled(size, "\"x\":[", always("\"\""), "]}")});
  out.push_back({"one long text", filled(size, "\"user_id\":\"", always("a"), "\"}", "")});
  out.push_back({"literals", filled(size, "\"x\":[", always("true"), "]}")});
  out.push_back(
      {"blanks behind each token", filled(size, "\"x\":[", always("\"\" \t\n "), "]}", " , ")});
  out.push_back({"one long run of blanks", filled(size, "\"user_id\":7", always(" "), "}", "")});
  out.push_back({"texts that are blanks",
                 filled(size, R"("ecommerce":{"value":")", always(" "), "\"}}", "")});
  out.push_back({"consent that is blanks",
                 filled(size, R"("privacy_info":{"ad_storage":")", always(" "), "\"}}", "")});
}

void add_nesting(std::size_t size, std::vector<HostileBody>& out) {
  out.push_back(
      {"nested lists",
       filled(size, "\"x\":[", always(std::string(30, '[') + std::string(30, ']')), "]}")});
  std::string objects;
  for (int i = 0; i < 30; ++i) objects += "{\"a\":";
  objects += "0" + std::string(30, '}');
  out.push_back({"nested objects", filled(size, "\"x\":[", always(objects), "]}")});
  out.push_back({"nesting that is too deep", filled(size, "\"x\":", always("["), "", "")});
}

// What enrichment reads: the page's address and the referrer.
void add_pages(std::size_t size, std::vector<HostileBody>& out) {
  const auto add = [&](std::string_view form, std::string_view key, std::string_view start,
                       std::string unit) {
    const std::string opening = R"("event_params":[{"key":")" + std::string(key) +
                                R"(","value":{"string_value":")" + std::string(start);
    out.push_back({form, filled(size, opening, always(std::move(unit)), "\"}}]}", "")});
  };
  add("a link of short parameters", "page_location", "http://a/?", "&a=1");
  add("a link of encoded parameters", "page_location", "http://a/?", "&%61=%31");
  add("a link of one campaign parameter", "page_location", "http://a/?", "&utm_id=%31");
  add("a link of empty parameters", "page_location", "http://a/?", "&");
  add("a campaign of bytes that are not UTF-8", "page_location", "http://a/?utm_source=", "%ff");
  add("a campaign of blanks", "page_location", "http://a/?utm_source=", "+");
  add("a referrer of labels", "page_referrer", "http://", "a.");
  add("a referrer of users", "page_referrer", "http://", "a@");
  add("a referrer of colons", "page_referrer", "http://", ":");
  add("a host of capitals", "page_hostname", "", "A");
}

// Refused without being read.
void add_not_json(std::size_t size, std::vector<HostileBody>& out) {
  out.push_back({"a text without an end", filled(size, "\"x\":\"", always("a"), "", "")});
  out.push_back({"bad UTF-8 at the end", filled(size, "\"x\":\"", always("a"), "\xff\"}", "")});
  out.push_back(
      {"bad UTF-8 behind good", filled(size, "\"x\":\"", always("\xc3\xbc"), "\xff\"}", "")});
  out.push_back({"nothing but blanks", std::string(size, ' ')});
  out.push_back({"nothing but quotes", std::string(size, '"')});
  out.push_back({"nothing but backslashes", std::string(size, '\\')});
  out.push_back({"a list", "[" + repeated("0", size / 2) + "]"});
  out.push_back({"commas", filled(size, "\"x\":[", always(""), "]}")});
  out.push_back({"a last comma too many", filled(size, "\"x\":[", always("0"), ",]}")});
}

}  // namespace

std::vector<HostileBody> hostile_bodies(std::size_t size) {
  std::vector<HostileBody> out;
  add_keys(size, out);
  add_problems(size, out);
  add_lists(size, out);
  add_numbers(size, out);
  add_texts(size, out);
  add_nesting(size, out);
  add_pages(size, out);
  add_not_json(size, out);
  for (auto& body : out) body.text.append(64, '"');
  return out;
}

HostileBody dense_body(std::size_t size) {
  HostileBody out{"dense", filled(size, "\"x\":[", always("0"), "]}")};
  out.text.append(64, ' ');
  return out;
}

}  // namespace rs::event
