// Cases of GA4's senders as data: our own in tests/cases/ga4_*.jsonl, and those of others in a
// folder beside the repository, where it is there (RS_GA4_DATA names another).

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "collect/ga4_match.h"
#include "collect/gtag.h"
#include "collect/measurement_protocol.h"
#include "collect/request_rows.h"
#include "ga4/validation.h"
#include "row/decode.h"

namespace rs::collect {
namespace {

// After every time in the cases.
constexpr std::int64_t kNow = 1'796'060'000'000'000;

struct Header {
  std::string_view name;
  http::Known known;
};
constexpr Header kHeaders[] = {{"user-agent", http::Known::kUserAgent},
                               {"accept-language", http::Known::kAcceptLanguage},
                               {"cookie", http::Known::kCookie},
                               {"origin", http::Known::kOrigin},
                               {"host", http::Known::kHost},
                               {"sec-ch-ua-platform", http::Known::kSecChUaPlatform}};

bool is_derived(std::string_view name) {
  return name == "first_visit" || name == "session_start";
}

// Rows of one request, and what was left out.
class CountedRows final : public Events {
 public:
  explicit CountedRows(RequestRows& rows) : rows_(rows) {}
  void add(const event::Payload& payload, event::Facts& facts) override {
    rows_.add(payload, facts);
  }
  void leave_out(delivery::Refused, std::size_t events) override { left_out += events; }
  std::size_t left_out = 0;

 private:
  RequestRows& rows_;
};

class Ga4Cases : public testing::Test {
 protected:
  // Every line of `file` is a case, in its own trace.
  void run(const std::filesystem::path& file) {
    std::ifstream lines(file);
    ASSERT_TRUE(lines) << file;
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      Json data;
      ASSERT_EQ(parser_.parse(line).get(data), simdjson::SUCCESS) << file << ":" << count + 1;
      SCOPED_TRACE(std::string(std::string_view(data["id"])) + " " + line);
      request(data);
      check(data);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(count, 0u);
  }

  void request(Json data) {
    query_ = std::string_view(data["query"]);
    body_ = std::string_view(data["body"]);
    const std::size_t size = body_.size();
    body_.append(http::kBodyPadding, ' ');
    request_ = {};
    request_.method =
        std::string_view(data["method"]) == "GET" ? http::Method::kGet : http::Method::kPost;
    request_.query = query_;
    request_.body = std::string_view(body_).substr(0, size);
    request_.peer_address = "192.0.2.1";
    event::Facts facts;
    simdjson::dom::object headers;
    if (data["headers"].get(headers) == simdjson::SUCCESS) set_headers(headers, facts);
    facts.now_micros = kNow;
    facts.client_ip = request_.peer_address;

    rows_.begin(false);
    counted_.left_out = 0;
    const bool is_measurement = std::string_view(data["path"]).ends_with("mp/collect");
    Protocol& protocol = is_measurement ? static_cast<Protocol&>(measurement_) : gtag_;
    const auto reading = protocol.read(request_, facts, counted_);
    EXPECT_EQ(reading.verdict, Reading::Verdict::kEvents);
    EXPECT_EQ(reading.receipt, Receipt::kEmpty);
    stored_.clear();
    texts_.clear();
    for (const auto& encoded : rows_.rows()) {
      ASSERT_TRUE(row::append_json(texts_.emplace_back(), encoded));
    }
    row_parsers_.resize(std::max(row_parsers_.size(), texts_.size()));
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      Json row;
      ASSERT_EQ(row_parsers_[i].parse(texts_[i]).get(row), simdjson::SUCCESS) << texts_[i];
      stored_.push_back(row);
    }
  }

  void set_headers(simdjson::dom::object headers, event::Facts& facts) {
    for (const auto field : headers) {
      for (const auto& [name, known] : kHeaders) {
        if (field.key == name) {
          request_.known[static_cast<std::size_t>(known)] = std::string_view(field.value);
        }
      }
    }
    facts.user_agent = request_.header(http::Known::kUserAgent);
    facts.accept_language = request_.header(http::Known::kAcceptLanguage);
    facts.ch_ua_platform = request_.header(http::Known::kSecChUaPlatform);
  }

  virtual void check(Json data) = 0;

  // The rows that are not derived, against `expected` in order.
  void check_rows(Json expected) {
    std::vector<Json> rows;
    for (const Json row : stored_) {
      if (!is_derived(std::string_view(row["event_name"]))) rows.push_back(row);
    }
    const simdjson::dom::array wanted(expected);
    ASSERT_EQ(rows.size(), wanted.size());
    for (std::size_t i = 0; i < rows.size(); ++i) check_row(wanted.at(i), rows[i]);
  }

  void check_row(Json expected, Json row) {
    std::vector<std::string> differences;
    Ga4Match(differences).row(expected, row);
    for (const auto& difference : differences) ADD_FAILURE() << difference;
    if (!differences.empty()) ADD_FAILURE() << json_text(row);
  }

  void check_derived(Json expected) {
    std::multiset<std::string> wanted, got;
    for (const Json name : simdjson::dom::array(expected))
      wanted.insert(std::string(std::string_view(name)));
    for (const Json row : stored_) {
      const std::string_view name(row["event_name"]);
      if (is_derived(name)) got.insert(std::string(name));
    }
    EXPECT_EQ(got, wanted);
  }

  void check_absent(Json keys) {
    std::vector<std::string> differences;
    for (const Json row : stored_) {
      for (const Json key : simdjson::dom::array(keys)) {
        Ga4Match(differences).absent_param(std::string_view(key), row);
      }
    }
    for (const auto& difference : differences) ADD_FAILURE() << difference;
  }

  bool stores(std::string_view text) const {
    return std::any_of(texts_.begin(), texts_.end(), [text](const std::string& row) {
      return row.find(text) != std::string::npos;
    });
  }

  // validationCode of each message, and path@code.
  std::multiset<std::string> messages(bool with_path) {
    Arena arena;
    ga4::MeasurementReader reader({}, 1000, arena);
    const auto* const body = reader.read(request_.body);
    std::multiset<std::string> out;
    for (const auto& message :
         ga4::validate(ga4::MeasurementQuery::read(query_, arena), body, reader.error(), kNow)) {
      out.insert(with_path ? message.field_path + "@" + std::string(message.code)
                           : std::string(message.code));
    }
    return out;
  }

  FixedWorld world_{kNow};
  CollectorStats stats_;
  Ga4Stats ga4_stats_;
  enrich::Settings settings_;
  TrustedProxies proxies_;
  RequestRows rows_{settings_, world_, stats_};
  CountedRows counted_{rows_};
  GtagProtocol gtag_{{}, 1000, proxies_, ga4_stats_};
  MeasurementProtocol measurement_{{}, 1000, ga4_stats_};
  simdjson::dom::parser parser_;
  std::vector<simdjson::dom::parser> row_parsers_;
  std::string query_, body_;
  http::Request request_;
  std::vector<std::string> texts_;
  std::vector<Json> stored_;
};

// tests/cases/ga4_*.jsonl: id, query, body, and rows (derived ones too), left_out, messages.
class OwnGa4Cases : public Ga4Cases {
 protected:
  void check(Json data) override {
    simdjson::dom::array rows;
    if (data["rows"].get(rows) == simdjson::SUCCESS) {
      ASSERT_EQ(stored_.size(), rows.size()) << (texts_.empty() ? "" : texts_[0]);
      for (std::size_t i = 0; i < stored_.size(); ++i) check_row(rows.at(i), stored_[i]);
    }
    Json detail;
    if (data["absent_params"].get(detail) == simdjson::SUCCESS) check_absent(detail);
    std::uint64_t left_out = 0;
    if (data["left_out"].get(left_out) != simdjson::SUCCESS) left_out = 0;
    EXPECT_EQ(counted_.left_out, left_out);
    simdjson::dom::array expected;
    if (data["messages"].get(expected) != simdjson::SUCCESS) return;
    std::multiset<std::string> wanted;
    for (const Json text : expected) wanted.insert(std::string(std::string_view(text)));
    EXPECT_EQ(messages(true), wanted);
  }
};

TEST_F(OwnGa4Cases, OfGtagBecomeTheirRows) {
  run(std::filesystem::path(RS_SOURCE_DIR) / "tests/cases/ga4_gtag.jsonl");
}

TEST_F(OwnGa4Cases, OfTheMeasurementProtocolBecomeTheirRows) {
  run(std::filesystem::path(RS_SOURCE_DIR) / "tests/cases/ga4_measurement.jsonl");
}

std::filesystem::path others() {
  if (const char* const folder = std::getenv("RS_GA4_DATA")) return folder;
  return std::filesystem::path(RS_SOURCE_DIR) / "../../shared/data/ga4";
}

class OthersGtagHits : public Ga4Cases {
 protected:
  void check(Json data) override {
    const Json expect = data["expect"];
    Json detail;
    if (expect["rows"].get(detail) == simdjson::SUCCESS) check_rows(detail);
    bool denied = false;
    for (const Json row : stored_) {
      std::string_view said;
      denied |=
          row["privacy_info"]["analytics_storage"].get(said) == simdjson::SUCCESS && said == "No";
    }
    // A denied page carries the marks again each time: sessions.md 6 makes no rows of them.
    if (expect["synthesized"].get(detail) == simdjson::SUCCESS && !denied) check_derived(detail);
    if (expect["absent_params"].get(detail) == simdjson::SUCCESS) check_absent(detail);
    if (expect["must_not_contain"].get(detail) == simdjson::SUCCESS) {
      for (const Json text : simdjson::dom::array(detail))
        EXPECT_FALSE(stores(std::string_view(text)));
    }
    std::uint64_t count = 0;
    if (expect["not_stored_lines"].get(count) == simdjson::SUCCESS) {
      EXPECT_EQ(counted_.left_out, count);
    }
    if (expect["rows_count"].get(count) == simdjson::SUCCESS) {
      EXPECT_EQ(stored_.size(), count);
    }
    if (expect["min_rows"].get(count) == simdjson::SUCCESS) {
      EXPECT_GE(stored_.size(), count);
    }
  }
};

TEST_F(OthersGtagHits, BecomeTheRowsTheyMust) {
  const auto file = others() / "gtag_hits.jsonl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  run(file);
}

class OthersMeasurementBodies : public Ga4Cases {
 protected:
  void check(Json data) override {
    const Json expect = data["expect_detail"];
    simdjson::dom::array rows;
    const bool has_rows = expect["rows"].get(rows) == simdjson::SUCCESS;
    // What Google refuses we may take, when it can be read at all.
    const bool refused = std::string_view(data["expect"]) == "reject";
    if (has_rows && (rows.size() > 0 || !refused)) check_rows(expect["rows"]);
    simdjson::dom::array debug;
    if (expect["debug"].get(debug) != simdjson::SUCCESS) return;
    std::multiset<std::string> wanted;
    for (const Json message : debug)
      wanted.insert(std::string(std::string_view(message["validationCode"])));
    EXPECT_EQ(messages(false), wanted);
  }
};

TEST_F(OthersMeasurementBodies, BecomeTheRowsTheyMust) {
  const auto file = others() / "mp_bodies.jsonl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
  run(file);
}

}  // namespace
}  // namespace rs::collect
