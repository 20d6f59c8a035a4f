#pragma once
// Exactly once, checked against a simple model: rows that are kept at marks until they are
// finished, processes that write them and are killed, closed, started again, and a BigQuery that
// fails at random. All chance comes from a seed; threads still take their own time.
//
//   ModelRun run(seed);
//   run.run();   // Some processes with faults, a last one without, then check().
//
// What must hold at the end: a row that was acknowledged is in the table once, a row that was
// rejected at most once, and a bad one never; no row is left over.

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "bigquery/ledger.h"
#include "bigquery/sink.h"
#include "direct/direct_run.h"
#include "fakes/bigquery/fake_bigquery.h"
#include "spool/disk.h"

namespace rs::direct {

// The ledger's disk, which a kill freezes: before or after a write.
class KillingDisk final : public spool::RealDisk {
 public:
  // `kill` is called once, at the write that comes after `writes` more.
  void kill_at(std::size_t writes, bool before, std::function<void()> kill);
  // Nothing is written any more.
  void freeze() { frozen_ = true; }
  void thaw() { frozen_ = false; }

  int write(int file, std::string_view bytes, std::uint64_t offset) override;

 private:
  std::atomic<bool> frozen_ = false;
  Mutex mutex_;
  std::optional<std::size_t> left_ GUARDED_BY(mutex_);
  bool before_ GUARDED_BY(mutex_) = false;
  std::function<void()> kill_ GUARDED_BY(mutex_);
};

class ModelRun {
 public:
  explicit ModelRun(std::uint64_t seed);
  ~ModelRun();

  void run();

 private:
  struct Row {
    std::string bytes;
    sink::Mark mark;
    bool bad = false, acknowledged = false, rejected = false;
  };
  // A batch on its way: `rows.size()` rows from `first` on.
  struct Held {
    row::Batch rows;
    std::size_t first = 0;
    std::uint64_t sequence = 0;
    bool finished = false;
  };
  struct Completion {
    Held* held;
    sink::WriteResult result;
  };

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] bool has_mark(const Held& held) const { return held.first < marked_; }

  void add_faults();
  void open_sink();
  // One process until `over`, which it does not end itself, or until it is killed at the disk.
  void drive(const std::function<bool()>& over);
  [[nodiscard]] bool step();
  void begin_batch();
  void write(Held& held);
  void complete(Held& held, const sink::WriteResult& result);
  void kill();
  void end_process(bool killed);
  void finalize_stream();
  [[nodiscard]] bool is_dead();
  [[nodiscard]] bool is_done() const;
  void check();

  std::mt19937_64 random_;
  const fakes::TableName table_{"p-test", "d", "events"};
  std::filesystem::path folder_;
  std::unique_ptr<fakes::FakeBigQuery> fake_;
  bigquery::BigQuerySettings settings_;
  std::size_t window_ = 8;  // Batches with the sink at once.

  // What outlives a process.
  KillingDisk disk_;
  std::vector<Row> rows_;  // The first `marked_` have marks; others come behind them.
  std::size_t marked_ = 0;
  std::size_t kept_from_ = 0;  // All before this row are finished.

  // Of one process, and its driver, which stands for Delivery.
  std::unique_ptr<bigquery::BigQuerySink> sink_;
  std::vector<std::unique_ptr<Held>> batches_;
  std::deque<Held*> open_;   // Those with marks that are not finished, oldest first.
  std::deque<Held*> again_;  // Given back, by sequence.
  std::size_t next_ = 0;     // The first row with a mark that is in no batch.
  std::size_t in_flight_ = 0;
  std::size_t finished_ = 0;  // Batches.
  bool failing_ = false;

  Mutex mutex_;
  CondVar changed_;
  std::deque<Completion> completions_ GUARDED_BY(mutex_);
  bool dead_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::direct
