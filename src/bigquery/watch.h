#pragma once
// What goes on beside the rows while the BigQuery sink is open: one thread that looks after the
// appender's connections, and looks at the table again when an answer has put it in doubt.
//   answer --on_trouble--> [ what to look at ] --thread--> tables.get, create, new columns, new
//   token
// While a table cannot take rows they are held: each write fails with the trouble of the table.
// Its lock is never held over a call that can wait.

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "bigquery/appender.h"
#include "bigquery/settings.h"
#include "bigquery/table.h"
#include "google/token_source.h"

namespace rs::bigquery {

class BigQueryWatch final : public AppenderHost {
 public:
  // `table` was found right just before. `tokens` is null for test servers.
  BigQueryWatch(const BigQuerySettings& settings, std::unique_ptr<BigQueryTable> table,
                std::shared_ptr<google::TokenSource> tokens);
  ~BigQueryWatch() override;

  // Starts the thread; `appender` is looked after until stop(), which ends a look at the table.
  void start(Appender& appender);
  void stop();

  // Why no row can be stored now, as far as the table is to blame.
  [[nodiscard]] std::optional<Error> table_trouble();

  void on_trouble(Verdict verdict) override;
  [[nodiscard]] bool table_is_right() override;
  [[nodiscard]] std::shared_ptr<grpc::Channel> make_channel() override;

 private:
  void run(Appender& appender);
  void look_at_table();
  void note_denial(Clock::time_point now) REQUIRES(mutex_);

  const BigQuerySettings settings_;
  const std::unique_ptr<BigQueryTable> table_;
  const std::shared_ptr<google::TokenSource> tokens_;
  std::stop_source stop_;

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool in_doubt_ GUARDED_BY(mutex_) = false;  // The table, since it was last looked at.
  bool new_token_ GUARDED_BY(mutex_) = false;
  std::optional<Error> trouble_ GUARDED_BY(mutex_);
  Clock::time_point look_at_ GUARDED_BY(mutex_){};  // The next time, at the earliest.
  std::optional<Clock::time_point> denied_since_ GUARDED_BY(mutex_);
  Clock::time_point denied_last_ GUARDED_BY(mutex_){};
  bool alarmed_ GUARDED_BY(mutex_) = false;  // The present denial has been logged.
  std::thread thread_;
};

}  // namespace rs::bigquery
