// Generated hits against a model: parameters, user properties and items survive from the wire to
// the stored row with order, type and every character, however the sender writes them.

#include <algorithm>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/text.h"
#include "collect/gtag.h"
#include "collect/request_rows.h"
#include "row/decode.h"

namespace rs::collect {
namespace {

using Value = std::variant<std::string, std::int64_t, double>;

struct ModelParam {
  std::string key;
  Value value;
};
struct ModelItem {
  std::string id, name, variant;  // Empty: not sent.
  double price = 0;
  std::int64_t quantity = 1;
  std::vector<ModelParam> params;
};
struct ModelHit {
  std::string name;
  std::vector<ModelParam> params, properties;
  std::vector<ModelItem> items;
};

// Pieces that senders, separators and encodings stumble over.
constexpr std::string_view kPieces[] = {"a",
                                        "B",
                                        "7",
                                        "0",
                                        " ",
                                        "  ",
                                        "&",
                                        "=",
                                        "%",
                                        "%41",
                                        "+",
                                        "~",
                                        "~~",
                                        "~~~",
                                        "#",
                                        "?",
                                        ";",
                                        "'",
                                        "\"",
                                        "\\",
                                        "/",
                                        ":",
                                        "|",
                                        "<",
                                        ">",
                                        "{",
                                        "}",
                                        ",",
                                        ".",
                                        "-",
                                        "_",
                                        "\t",
                                        "\n",
                                        "\r\n",
                                        "\r\nen=x",
                                        "\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x8c\xbb",
                                        "id",
                                        "pr9",
                                        "k0",
                                        "v0",
                                        "en=",
                                        "true",
                                        "null",
                                        "%zz"};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  std::string text(std::size_t pieces_min, std::size_t pieces_max) {
    std::string out;
    for (std::size_t i = pieces_min + below(pieces_max - pieces_min + 1); i > 0; --i) {
      out += kPieces[below(std::size(kPieces))];
    }
    return out;
  }

  // One that no other of the list has, and that no field of GA4 has.
  std::string key(const std::vector<ModelParam>& others) {
    while (true) {
      std::string key = "k" + text(0, 4);
      if (std::none_of(others.begin(), others.end(),
                       [&](const auto& other) { return other.key == key; }))
        return key;
    }
  }

  Value value() {
    switch (below(4)) {
      case 0:
        return static_cast<std::int64_t>(random_()) - (std::int64_t{1} << 31);
      case 1:
        return static_cast<std::int64_t>(below(1u << 30)) *
               static_cast<std::int64_t>(below(1u << 22));
      case 2:
        return fraction();
      default:
        return text(0, 8);
    }
  }

  // Not a whole number: those become int_value.
  double fraction() {
    return static_cast<double>(below(1u << 30)) + static_cast<double>(1 + below(99)) / 100.0 +
           (below(2) == 0 ? 0 : 1e-7);
  }

  ModelHit hit() {
    ModelHit hit;
    hit.name = "e" + text(0, 3);
    for (std::size_t i = below(12); i > 0; --i) hit.params.push_back({key(hit.params), value()});
    for (std::size_t i = below(4); i > 0; --i)
      hit.properties.push_back({key(hit.properties), value()});
    const std::size_t items_end = below(10) == 0 ? 13 : 3;
    for (std::size_t i = below(items_end); i > 0; --i) hit.items.push_back(item());
    return hit;
  }

  ModelItem item() {
    ModelItem item;
    item.id = text(1, 4);
    if (below(2) == 0) item.name = text(1, 6);
    if (below(2) == 0) item.variant = text(1, 3);
    if (below(2) == 0) item.price = fraction();
    item.quantity = 1 + static_cast<std::int64_t>(below(9));
    for (std::size_t i = below(28); i > 0; --i)
      item.params.push_back({key(item.params), text(0, 3)});
    return item;
  }

 private:
  std::mt19937 random_;
};

std::string number_text(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  std::string out;
  append_json_number(out, std::get<double>(value));
  return out;
}

// Writes hits as one of several senders would.
class Writer {
 public:
  // `plus`: '+' for a blank; `tilde`: %7E, as URLSearchParams writes both.
  Writer(bool plus, bool tilde, bool lower) : plus_(plus), tilde_(tilde), lower_(lower) {}

  std::string encoded(std::string_view text) const {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!'()*";
    const std::string_view digits = lower_ ? "0123456789abcdef" : "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (kPlain.find(c) != std::string_view::npos || (c == '~' && !tilde_)) {
        out += c;
      } else if (c == ' ' && plus_) {
        out += '+';
      } else {
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
      }
    }
    return out;
  }

  std::string line(const ModelHit& hit) const {
    std::string out = "en=" + encoded(hit.name);
    for (const auto& param : hit.params) out += pair("ep", param);
    for (const auto& property : hit.properties) out += pair("up", property);
    // From the last to the first: order is by number.
    for (std::size_t i = hit.items.size(); i > 0; --i) {
      out += "&pr" + std::to_string(i) + "=" + encoded(item_text(hit.items[i - 1]));
    }
    return out;
  }

 private:
  std::string pair(const std::string& prefix, const ModelParam& param) const {
    const auto* text = std::get_if<std::string>(&param.value);
    const std::string key =
        "&" + prefix + (text != nullptr ? "." : "n.") + encoded(param.key) + "=";
    return key + encoded(text != nullptr ? *text : number_text(param.value));
  }

  static std::string doubled(std::string_view text) {
    std::string out;
    for (const char c : text) out.append(c == '~' ? "~~" : std::string(1, c));
    return out;
  }

  static std::string item_text(const ModelItem& item) {
    constexpr std::string_view kIndices = "0123456789ABCDEFGHIJKLMNOPQ";
    std::string out = "id" + doubled(item.id);
    if (!item.name.empty()) out += "~nm" + doubled(item.name);
    for (std::size_t i = 0; i < item.params.size(); ++i) {
      out += std::string("~k") + kIndices[i] + doubled(item.params[i].key) + "~v" + kIndices[i] +
             doubled(std::get<std::string>(item.params[i].value));
    }
    if (!item.variant.empty()) out += "~va" + doubled(item.variant);
    if (item.price != 0) out += "~pr" + number_text(item.price);
    return out + "~qt" + std::to_string(item.quantity);
  }

  const bool plus_, tilde_, lower_;
};

using Json = simdjson::dom::element;

// simdjson does not print the shortest text of a double.
std::string scalar_text(Json value) {
  if (value.is_string()) return std::string(std::string_view(value));
  return value.is_double() ? number_text(double(value)) : simdjson::minify(value);
}

// What the row has of `key`, as text with its type.
std::string shown(Json value) {
  for (const auto& [member, mark] :
       {std::pair{"string_value", "s:"}, {"int_value", "i:"}, {"double_value", "d:"}}) {
    Json found;
    if (value[member].get(found) != simdjson::SUCCESS) continue;
    return mark + (scalar_text(found));
  }
  return "nothing";
}

std::string shown(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return "s:" + *text;
  return (std::holds_alternative<double>(value) ? "d:" : "i:") + number_text(value);
}

std::vector<std::string> shown(simdjson::simdjson_result<Json> list, std::size_t most) {
  std::vector<std::string> out;
  simdjson::dom::array entries;
  if (list.get(entries) != simdjson::SUCCESS) return out;
  for (const Json entry : entries) {
    if (out.size() == most) break;
    out.push_back(std::string(std::string_view(entry["key"])) + " " + shown(Json(entry["value"])));
  }
  return out;
}

std::vector<std::string> shown(const std::vector<ModelParam>& params) {
  std::vector<std::string> out;
  for (const auto& param : params) out.push_back(param.key + " " + shown(param.value));
  return out;
}

std::string column(Json record, const char* name) {
  Json found;
  if (record[name].get(found) != simdjson::SUCCESS) return "";
  return scalar_text(found);
}

void expect_same(const ModelHit& hit, Json row) {
  EXPECT_EQ(std::string_view(row["event_name"]), hit.name);
  EXPECT_EQ(shown(row["event_params"], hit.params.size()), shown(hit.params));
  EXPECT_EQ(shown(row["user_properties"], 1000), shown(hit.properties));
  simdjson::dom::array items;
  if (row["items"].get(items) != simdjson::SUCCESS) {
    EXPECT_TRUE(hit.items.empty());
    return;
  }
  ASSERT_EQ(items.size(), hit.items.size());
  for (std::size_t i = 0; i < hit.items.size(); ++i) {
    const ModelItem& model = hit.items[i];
    const Json item = items.at(i);
    EXPECT_EQ(column(item, "item_id"), model.id);
    EXPECT_EQ(column(item, "item_name"), model.name);
    EXPECT_EQ(column(item, "item_variant"), model.variant);
    EXPECT_EQ(column(item, "price"), model.price == 0 ? "" : number_text(model.price));
    EXPECT_EQ(column(item, "quantity"), std::to_string(model.quantity));
    EXPECT_EQ(shown(item["item_params"], 1000), shown(model.params));
  }
}

TEST(GeneratedHits, SurviveWithOrderTypeAndEveryCharacter) {
  constexpr std::size_t kHits = 10'000;
  Generator generator(20261130);
  FixedWorld world(1'796'060'000'000'000);
  CollectorStats stats;
  enrich::Settings settings;
  TrustedProxies proxies;
  RequestRows rows(settings, world, stats);
  GtagProtocol gtag({}, 1000, proxies, stats.ga4);
  simdjson::dom::parser parser;
  std::string text;

  for (std::size_t done = 0; done < kHits && !testing::Test::HasFailure();) {
    std::vector<ModelHit> hits(1 + generator.below(5));
    for (auto& hit : hits) hit = generator.hit();
    const Writer writer(generator.below(2) == 0, generator.below(2) == 0, generator.below(2) == 0);
    std::string query = "v=2&tid=G-1&cid=1.2", body;
    const bool in_query = hits.size() == 1 && generator.below(2) == 0;
    for (const auto& hit : hits) {
      if (!body.empty()) body += generator.below(2) == 0 ? "\r\n" : "\n";
      body += writer.line(hit);
    }
    if (in_query) query += "&" + std::exchange(body, "");

    http::Request request;
    request.method = http::Method::kPost;
    request.query = query;
    request.body = body;
    event::Facts facts;
    facts.now_micros = 1'796'060'000'000'000;
    rows.begin(false);
    (void)gtag.read(request, facts, rows);
    const auto encoded = rows.rows();
    ASSERT_EQ(encoded.size(), hits.size()) << query << "\n" << body;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      text.clear();
      ASSERT_TRUE(row::append_json(text, encoded[i]));
      Json row;
      ASSERT_EQ(parser.parse(text).get(row), simdjson::SUCCESS) << text;
      SCOPED_TRACE(query + "\n" + body);
      expect_same(hits[i], row);
    }
    done += hits.size();
  }
  EXPECT_EQ(stats.ga4.dropped_values.value(), 0u);
}

}  // namespace
}  // namespace rs::collect
