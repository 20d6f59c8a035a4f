#include "bigquery/sink.h"

#include <utility>

#include "bigquery/default_appender.h"
#include "bigquery/offset_appender.h"
#include "bigquery/table.h"
#include "bigquery/watch.h"
#include "google/token_source.h"

namespace rs::bigquery {

BigQuerySink::BigQuerySink(BigQuerySettings settings, Tokens find_tokens,
                           std::unique_ptr<StreamLedger> ledger)
    : settings_(std::move(settings)),
      find_tokens_(std::move(find_tokens)),
      ledger_(std::move(ledger)) {}

BigQuerySink::~BigQuerySink() {
  close();
}

std::size_t BigQuerySink::window() const {
  if (settings_.delivery == BigQueryDelivery::kExactlyOnce) return kOffsetWindow;
  return settings_.window_requests * settings_.connections_max;
}

Result<void> BigQuerySink::open() {
  {
    MutexLock lock(mutex_);
    if (appender_) return {};
  }
  if (ledger_ != nullptr && !ledger_open_) {
    if (auto opened = ledger_->open(); !opened) return opened;
    ledger_open_ = true;
  }
  std::shared_ptr<google::TokenSource> tokens;
  if (settings_.rest_emulator.empty() || settings_.storage_emulator.empty()) {
    RS_TRY(tokens, find_tokens_(interrupted_.get_token()));
    MutexLock lock(mutex_);
    tokens_ = tokens;
  }
  auto table = std::make_unique<BigQueryTable>(settings_,
                                               settings_.rest_emulator.empty() ? tokens : nullptr);
  if (auto ensured = table->ensure(interrupted_.get_token()); !ensured) return ensured;
  auto watch = std::make_unique<BigQueryWatch>(settings_, std::move(table), std::move(tokens));
  std::unique_ptr<Appender> appender;
  if (settings_.delivery == BigQueryDelivery::kExactlyOnce) {
    appender = std::make_unique<OffsetAppender>(settings_, *watch, ledger_.get());
  } else {
    appender = std::make_unique<DefaultAppender>(settings_, *watch);
  }
  watch->start(*appender);
  MutexLock lock(mutex_);
  watch_ = std::move(watch);
  appender_ = std::move(appender);
  return {};
}

void BigQuerySink::write(const row::Batch& batch, sink::WriteDone done) {
  write_marked(batch, {}, std::move(done));
}

void BigQuerySink::write_marked(const row::Batch& batch, const sink::BatchMarks& marks,
                                sink::WriteDone done) {
  // These change only on this thread, so they need no lock here, and write() may call done().
  BigQueryWatch* watch;
  Appender* appender;
  {
    MutexLock lock(mutex_);
    watch = watch_.get();
    appender = appender_.get();
  }
  if (appender == nullptr) {
    return done(fail(ErrorCode::kUnavailable, "the BigQuery sink is not open"));
  }
  if (auto trouble = watch->table_trouble()) return done(tl::unexpected(*std::move(trouble)));
  appender->write(batch, marks, std::move(done));
}

void BigQuerySink::interrupt() {
  interrupted_.request_stop();
  MutexLock lock(mutex_);
  if (tokens_) tokens_->stop();
}

void BigQuerySink::close() {
  std::unique_ptr<BigQueryWatch> watch;
  std::unique_ptr<Appender> appender;
  {
    MutexLock lock(mutex_);
    // Calls that wait for a token end too; a new opening finds new ones.
    if (tokens_) tokens_->stop();
    tokens_ = nullptr;
    watch = std::move(watch_);
    appender = std::move(appender_);
  }
  if (!appender) return;
  // Rows first: the watch may be waiting for an answer about the table.
  appender->close();
  watch->stop();
}

sink::SinkStats BigQuerySink::stats() const {
  MutexLock lock(mutex_);
  if (appender_) return appender_->stats();
  sink::SinkStats stats;
  stats.remote = true;
  return stats;
}

}  // namespace rs::bigquery
