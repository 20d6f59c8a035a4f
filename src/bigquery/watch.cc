#include "bigquery/watch.h"

#include <algorithm>
#include <utility>

#include "google/channel.h"
#include "obs/log.h"

namespace rs::bigquery {
namespace {

using std::chrono::milliseconds;

// Between two looks at a table in doubt: 5 changes in 10 seconds are allowed, reading is cheap.
constexpr milliseconds kLookEach{1'000};
// How often connections are looked after; a quarter of the shortest time-out if that is less.
constexpr milliseconds kTick{250};
// Denials further apart than this do not belong together.
constexpr milliseconds kDenialsApart{60'000};

bool is_about_table(Verdict verdict) {
  return verdict == Verdict::kTableMissing || verdict == Verdict::kSchemaLags ||
         verdict == Verdict::kBadRequest || verdict == Verdict::kStreamGone;
}

}  // namespace

BigQueryWatch::BigQueryWatch(const BigQuerySettings& settings, std::unique_ptr<BigQueryTable> table,
                             std::shared_ptr<google::TokenSource> tokens)
    : settings_(settings), table_(std::move(table)), tokens_(std::move(tokens)) {}

BigQueryWatch::~BigQueryWatch() {
  stop();
}

void BigQueryWatch::start(Appender& appender) {
  thread_ = std::thread([this, &appender] { run(appender); });
}

void BigQueryWatch::stop() {
  stop_.request_stop();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<Error> BigQueryWatch::table_trouble() {
  MutexLock lock(mutex_);
  if (trouble_) in_doubt_ = true;  // Rows wait: look again.
  return trouble_;
}

bool BigQueryWatch::table_is_right() {
  MutexLock lock(mutex_);
  return !in_doubt_ && !trouble_;
}

std::shared_ptr<grpc::Channel> BigQueryWatch::make_channel() {
  const bool test_server = !settings_.storage_emulator.empty();
  return google::make_channel(
      {.endpoint = test_server ? settings_.storage_emulator : "bigquerystorage.googleapis.com:443",
       .plaintext = test_server,
       .keepalive_time = settings_.keepalive_time,
       .keepalive_timeout = settings_.keepalive_timeout},
      tokens_);
}

void BigQueryWatch::on_trouble(Verdict verdict) {
  {
    MutexLock lock(mutex_);
    if (is_about_table(verdict)) in_doubt_ = true;
    if (verdict == Verdict::kTableMissing) note_denial(Clock::now());
    if (verdict == Verdict::kUnauthenticated) new_token_ = true;
    if (!in_doubt_ && !new_token_) return;
  }
  changed_.notify_all();
}

void BigQueryWatch::note_denial(Clock::time_point now) {
  if (!denied_since_ || now - denied_last_ > kDenialsApart) {
    denied_since_ = now;
    alarmed_ = false;
  }
  denied_last_ = now;
}

void BigQueryWatch::run(Appender& appender) {
  const auto tick = std::max(
      milliseconds(5), std::min({kTick, settings_.answer_timeout / 4, settings_.grow_after / 4}));
  for (;;) {
    appender.tick(Clock::now());
    bool look = false, new_token = false;
    {
      MutexLock lock(mutex_);
      const auto now = Clock::now();
      const auto until = now + tick;
      while (!stopping_ && !new_token_ && !(in_doubt_ && Clock::now() >= look_at_)) {
        if (changed_.wait_until(mutex_, until) == std::cv_status::timeout) break;
      }
      if (stopping_) return;
      look = in_doubt_ && Clock::now() >= look_at_;
      new_token = std::exchange(new_token_, false);
    }
    if (new_token && tokens_) {
      if (const auto old = tokens_->token(stop_.get_token())) tokens_->refused(*old);
    }
    if (look) look_at_table();
  }
}

void BigQueryWatch::look_at_table() {
  const auto ensured = table_->ensure(stop_.get_token());
  bool held_back = false, takes_rows = false, denies = false;
  {
    MutexLock lock(mutex_);
    look_at_ = Clock::now() + kLookEach;
    if (!ensured && ensured.error().retryable()) return;  // Not known: look again.
    in_doubt_ = false;
    if (ensured) {
      takes_rows = trouble_.has_value();
      trouble_.reset();
      denies = denied_since_ && !alarmed_ && denied_last_ - *denied_since_ > settings_.denied_max;
      alarmed_ = alarmed_ || denies;
    } else {
      held_back = !trouble_;
      trouble_ = Error{ErrorCode::kUnavailable, ensured.error().message};
    }
  }
  if (held_back) RS_LOG(kError, "Rows are held back: {}", ensured.error().message);
  if (takes_rows) RS_LOG(kInfo, "Table {} takes rows again", settings_.table_name());
  if (denies) {
    RS_LOG(kError,
           "Rows are held back: table {} exists, and BigQuery denies writing to it. Grant the "
           "account that this program runs as roles/bigquery.dataEditor on the dataset",
           settings_.table_name());
  }
}

}  // namespace rs::bigquery
