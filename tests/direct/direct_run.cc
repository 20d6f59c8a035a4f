#include "direct/direct_run.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "google/json.h"
#include "row/encode.h"

namespace rs::direct {
namespace {

constexpr const char* kBad = "BADROW";

fakes::FakeBigQueryOptions fake_options(const RunOptions& run) {
  fakes::FakeBigQueryOptions options;
  options.keep = fakes::KeptRows::kIds;
  options.bad_row_marker = kBad;
  if (run.fake) run.fake(options);
  return options;
}

}  // namespace

bool eventually(const std::function<bool()>& holds) {
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

std::string id_of(std::size_t number) {
  return fmt::format("{:09}", number);
}

std::string encoded_row(std::size_t number, bool bad, const std::string& padding) {
  const auto id = id_of(number);
  row::Row row;
  row.event_id = id;
  row.event_name = bad ? kBad : "good";
  row.user_id = padding;
  row::Encoder encoder;
  return std::string(encoder.encode(row));
}

std::unique_ptr<bigquery::BigQuerySink> make_sink(const bigquery::BigQuerySettings& settings,
                                                  std::unique_ptr<bigquery::StreamLedger> ledger) {
  return std::make_unique<bigquery::BigQuerySink>(
      settings,
      [](const std::stop_token&) {
        return Result<std::shared_ptr<google::TokenSource>>(
            fail(ErrorCode::kRefused, "test servers ask for no token"));
      },
      std::move(ledger));
}

void WatchedSink::write(const row::Batch& batch, sink::WriteDone done) {
  ++writes_;
  ++open_;
  inner_.write(batch, [this, done = std::move(done),
                       calls = std::make_shared<std::atomic<int>>(0)](sink::WriteResult result) {
    EXPECT_EQ(++*calls, 1) << "done() was called again";
    --open_;
    done(std::move(result));
  });
}

void WatchedSink::close() {
  inner_.close();
  EXPECT_EQ(open_.load(), 0) << "close() returned before done() was called";
}

DirectRun::DirectRun(RunOptions options) : options_(std::move(options)) {
  std::string folder = testing::TempDir() + "direct_test_XXXXXX";
  folder_ = ::mkdtemp(folder.data());
  fake_ = fakes::FakeBigQuery::start(fake_options(options_)).value();
  if (options_.with_dataset) fake_->create_dataset(table_.project, table_.dataset);
  settings_.project = table_.project;
  settings_.dataset = table_.dataset;
  settings_.table = table_.table;
  settings_.delivery = options_.delivery;
  settings_.rest_emulator = fake_->rest_address();
  settings_.storage_emulator = fake_->grpc_address();
  settings_.answer_timeout = milliseconds(2'000);
  settings_.connections_max = 1;
  if (options_.settings) options_.settings(settings_);
  sink_ = make_sink(settings_);
  watched_ = std::make_unique<WatchedSink>(*sink_);
  dead_letters_ = std::make_unique<delivery::DeadLetters>(disk_, folder_ / "dead-letters");
  delivery::BatchLimits limits;
  limits.batch_rows = options_.batch_rows;
  limits.held_rows = options_.held_rows;
  limits.held_bytes = std::size_t{1} << 32;
  limits.linger = milliseconds(100);
  delivery_ = std::make_unique<delivery::Delivery>(
      *watched_, *dead_letters_, limits,
      delivery::RetryLimits{.first = milliseconds(4), .longest = options_.pause_longest});
  if (options_.start) {
    const auto started = start();
    EXPECT_TRUE(started) << started.error().message;
  }
}

DirectRun::~DirectRun() {
  delivery_.reset();
  std::filesystem::remove_all(folder_);
}

Result<void> DirectRun::start() {
  const auto opened = std::make_shared<std::promise<Result<void>>>();
  auto first = opened->get_future();
  delivery_->start([opened](const Result<void>& result) { opened->set_value(result); });
  const auto result = first.get();
  if (!result && result.error().retryable()) return {};
  return result;
}

void DirectRun::fault(const std::string& json) {
  const auto fault = fakes::Fault::parse(json);
  ASSERT_TRUE(fault) << json << ": " << fault.error().message;
  fake_->add_fault(*fault);
}

void DirectRun::post(std::size_t rows, const std::set<std::size_t>& bad) {
  for (std::size_t i = 0; i < rows; ++i) {
    const auto number = posted_.size();
    posted_.push_back(bad.count(number) > 0);
    const auto encoded = encoded_row(number, posted_.back(), options_.padding);
    const auto accepted = delivery_->accept(row::one_row(encoded), {});
    ASSERT_EQ(accepted, delivery::Accepted::kHeld);
  }
}

bool DirectRun::settle() {
  return eventually([&] { return stats().accounting.held == 0; });
}

milliseconds DirectRun::stop(milliseconds limit) {
  const auto begun = Clock::now();
  delivery_->stop(begun + limit);
  return std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
}

std::map<std::string, std::string> DirectRun::dead_letters() const {
  std::map<std::string, std::string> out;
  dead_letters_->read({.letter =
                           [&](const auto& letter) {
                             out[google::Json::parse(letter.row).value().text("/event_id")] =
                                 letter.reason;
                           },
                       .damaged = [](const auto& line) { ADD_FAILURE() << line.text(); }});
  return out;
}

void DirectRun::check(const Expected& expected) {
  ASSERT_TRUE(settle()) << stats().accounting.held << " rows held, " << stats().trouble;
  const auto counted = sink_->stats();
  EXPECT_LT(stop().count(), 5'000);  // I7
  const auto ids = stored_ids();
  const std::set<std::string> stored(ids.begin(), ids.end());
  const auto dead = dead_letters();
  for (std::size_t i = 0; i < posted_.size(); ++i) {
    const auto id = id_of(i);
    const bool is_dead = dead.count(id) > 0;
    if (posted_[i]) {
      EXPECT_TRUE(is_dead) << "a bad row is in no dead letter: " << id;  // I3
      EXPECT_EQ(stored.count(id), 0U) << "a bad row was stored: " << id;
    } else if (!expected.rejected_good) {
      EXPECT_EQ(stored.count(id), 1U) << "lost: " << id;                           // I1
      EXPECT_FALSE(is_dead) << "a good row in the dead letters: " << dead.at(id);  // I4
    } else {
      EXPECT_EQ(stored.count(id) + (is_dead ? 1 : 0), 1U) << id;
    }
    if (is_dead) {
      EXPECT_NE(dead.at(id).find("/streams/"), std::string::npos) << dead.at(id);  // I3
    }
    if (testing::Test::HasFailure()) break;
  }
  const bool may_repeat = expected.repeats || (expected.duplicates && !exactly_once());
  if (!may_repeat) {
    EXPECT_EQ(ids.size(), stored.size()) << "duplicates";
  }
  if (exactly_once() && !expected.repeats && !expected.reordered) {
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end())) << "order";  // I2
  }
  const auto& accounting = stats().accounting;
  EXPECT_TRUE(accounting.adds_up());
  EXPECT_EQ(accounting.received, posted_.size());  // I6: each row settled once.
  EXPECT_EQ(accounting.delivered, stored.size());  // I8
  EXPECT_EQ(accounting.dead_lettered, dead.size());
  EXPECT_GE(counted.requests, fake_->stats().requests);
  EXPECT_GE(counted.row_errors, dead.size());
}

}  // namespace rs::direct
