#pragma once
// Rows into a BigQuery table over the Storage Write API: WRITERS__STRATEGY=direct.
//   open: credentials, then the table over REST; write: AppendRows over gRPC (appender.h)
// Nothing of gRPC is touched before open(). open(), write() and close() are for one thread; one of
// its own looks after connections and the table (watch.h).

#include <functional>
#include <memory>
#include <stop_token>

#include "base/mutex.h"
#include "bigquery/ledger.h"
#include "bigquery/settings.h"
#include "sink/sink.h"

namespace rs::google {
class TokenSource;
}

namespace rs::bigquery {

class Appender;
class BigQueryWatch;

class BigQuerySink final : public sink::Sink {
 public:
  // Finds the credentials; not called for plaintext test servers.
  using Tokens =
      std::function<Result<std::shared_ptr<google::TokenSource>>(const std::stop_token& stop)>;

  // `ledger`: with kExactlyOnce, where the next process finds what this one has stored. Null: the
  // promise ends with the process.
  BigQuerySink(BigQuerySettings settings, Tokens find_tokens,
               std::unique_ptr<StreamLedger> ledger = nullptr);
  ~BigQuerySink() override;

  [[nodiscard]] std::string_view name() const override { return "bigquery"; }
  [[nodiscard]] std::size_t window() const override;
  Result<void> open() override;
  void write(const row::Batch& batch, sink::WriteDone done) override;
  void write_marked(const row::Batch& batch, const sink::BatchMarks& marks,
                    sink::WriteDone done) override;
  void interrupt() override;
  void close() override;
  [[nodiscard]] sink::SinkStats stats() const override;

 private:
  const BigQuerySettings settings_;
  const Tokens find_tokens_;
  std::stop_source interrupted_;
  const std::unique_ptr<StreamLedger> ledger_;
  bool ledger_open_ = false;
  // Over the making and the end of these three, for stats() and interrupt().
  mutable Mutex mutex_;
  std::shared_ptr<google::TokenSource> tokens_ GUARDED_BY(mutex_);  // Null with test servers.
  std::unique_ptr<BigQueryWatch> watch_ GUARDED_BY(mutex_);
  std::unique_ptr<Appender> appender_ GUARDED_BY(mutex_);
};

}  // namespace rs::bigquery
