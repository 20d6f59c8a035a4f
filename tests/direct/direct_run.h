#pragma once
// For tests of direct streaming: Delivery and the real BigQuery sink against a fake BigQuery in the
// process, with short time-outs, and what must hold afterwards whatever went wrong between
// (bigquery.md section 7, I1 to I8).
//
//   DirectRun run({.delivery = BigQueryDelivery::kExactlyOnce});
//   run.fault(R"({"fault":"unavailable","nth":3})");
//   run.post(200);
//   run.check();   // Waits until no row is held, stops, and looks at table, dead letters and
//   counts.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bigquery/sink.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "fakes/bigquery/fake_bigquery.h"

namespace rs::direct {

using bigquery::BigQueryDelivery;
using delivery::Clock;
using std::chrono::milliseconds;

// Until `holds`; false after 20 seconds.
[[nodiscard]] bool eventually(const std::function<bool()>& holds);

[[nodiscard]] std::unique_ptr<bigquery::BigQuerySink> make_sink(
    const bigquery::BigQuerySettings& settings,
    std::unique_ptr<bigquery::StreamLedger> ledger = nullptr);

// The sink under test, and a look over its shoulder: done() is called once for each write().
class WatchedSink final : public sink::Sink {
 public:
  explicit WatchedSink(sink::Sink& inner) : inner_(inner) {}
  [[nodiscard]] std::string_view name() const override { return inner_.name(); }
  [[nodiscard]] std::size_t window() const override { return inner_.window(); }
  Result<void> open() override { return inner_.open(); }
  void write(const row::Batch& batch, sink::WriteDone done) override;
  void interrupt() override { inner_.interrupt(); }
  void close() override;
  [[nodiscard]] sink::SinkStats stats() const override { return inner_.stats(); }

  [[nodiscard]] std::uint64_t writes() const { return writes_; }

 private:
  sink::Sink& inner_;
  std::atomic<std::uint64_t> writes_ = 0;
  std::atomic<std::int64_t> open_ = 0;
};

struct RunOptions {
  BigQueryDelivery delivery = BigQueryDelivery::kAtLeastOnce;
  std::function<void(fakes::FakeBigQueryOptions&)> fake{};
  std::size_t batch_rows = 10;
  std::size_t held_rows = 2'000'000;
  std::string padding{};  // Added to each row.
  bool with_dataset = true;
  bool start = true;  // Else the test calls start().
  std::function<void(bigquery::BigQuerySettings&)> settings{};
  milliseconds pause_longest{50};
};

struct Expected {
  bool duplicates = false;     // May be: with the default stream only, unless `repeats`.
  bool repeats = false;        // With offsets too (a stream that broke its own rules).
  bool reordered = false;      // A row that was refused alone comes behind the others.
  bool rejected_good = false;  // The service blamed good rows, and is believed.
};

class DirectRun {
 public:
  explicit DirectRun(RunOptions options = {});
  ~DirectRun();

  // Waits for the first opening; an Error says why the sink can never work.
  [[nodiscard]] Result<void> start();
  void fault(const std::string& json);
  // Rows 0, 1, 2, ... in order; those in `bad` are ones that the fake refuses by name.
  void post(std::size_t rows, const std::set<std::size_t>& bad = {});
  // Until no row is held.
  [[nodiscard]] bool settle();
  [[nodiscard]] milliseconds stop(milliseconds limit = std::chrono::seconds(5));
  void check(const Expected& expected = {});

  [[nodiscard]] fakes::FakeBigQuery& fake() { return *fake_; }
  [[nodiscard]] delivery::DeliveryStats stats() { return delivery_->stats(); }
  [[nodiscard]] sink::SinkStats sink_stats() { return sink_->stats(); }
  [[nodiscard]] delivery::Delivery& delivery() { return *delivery_; }
  [[nodiscard]] bool exactly_once() const {
    return options_.delivery == BigQueryDelivery::kExactlyOnce;
  }
  [[nodiscard]] const bigquery::BigQuerySettings& settings() const { return settings_; }
  [[nodiscard]] std::vector<std::string> stored_ids() const { return fake_->ids(table_); }
  // By event_id: why.
  [[nodiscard]] std::map<std::string, std::string> dead_letters() const;
  [[nodiscard]] const fakes::TableName& table() const { return table_; }
  [[nodiscard]] std::size_t posted() const { return posted_.size(); }

 private:
  const RunOptions options_;
  const fakes::TableName table_{"p-test", "d", "events"};
  std::filesystem::path folder_;
  std::unique_ptr<fakes::FakeBigQuery> fake_;
  bigquery::BigQuerySettings settings_;
  std::unique_ptr<bigquery::BigQuerySink> sink_;
  std::unique_ptr<WatchedSink> watched_;
  spool::RealDisk disk_;
  std::unique_ptr<delivery::DeadLetters> dead_letters_;
  std::unique_ptr<delivery::Delivery> delivery_;
  std::vector<bool> posted_;  // By number: whether it is bad.
};

// The event_id of row `number`: texts that sort like numbers.
[[nodiscard]] std::string id_of(std::size_t number);
[[nodiscard]] std::string encoded_row(std::size_t number, bool bad, const std::string& padding);

}  // namespace rs::direct
