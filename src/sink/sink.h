#pragma once
// A place where rows end up: a DuckDB file, BigQuery, Pub/Sub.
//   open --> write, write, write ... --> close
// Delivery keeps up to window() batches with a sink at once and calls write() from one thread,
// in order. A sink never retries and never drops: it says what happened to each batch, and
// Delivery decides what to do about it. What its client library throws is caught inside.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "obs/counter.h"
#include "row/batch.h"

namespace rs::sink {

// Where a row is kept until it is delivered, in the order of all rows that are. Only Delivery can
// read one; a sink compares marks and keeps them, also on disk. The default marks no row.
struct Mark {
  std::uint64_t part = 0, place = 0;

  friend auto operator<=>(const Mark&, const Mark&) = default;
};

// The marks of the rows of one batch, which are kept side by side.
struct BatchMarks {
  Mark first;               // Of the first row; the default when the rows have no marks.
  std::uint64_t apart = 0;  // From the end of a row's bytes to the mark of the next row.

  [[nodiscard]] bool any() const { return first != Mark{}; }
  // Of row `row`; behind the last row when it is batch.size(). Only with any().
  [[nodiscard]] Mark at(const row::Batch& batch, std::size_t row) const {
    return {first.part, first.place + batch.bytes_before(row) + row * apart};
  }
};

struct Rejected {
  std::size_t index;   // Into the batch.
  std::string reason;  // For an operator; kept with the row in the dead letters.
};

// What became of one batch: these rows will never be accepted and all others are stored; or an
// Error, and none is stored. If it is retryable the same batch is written again, and rows may then
// be stored twice: delivery is at least once.
using WriteResult = Result<std::vector<Rejected>>;
using WriteDone = std::function<void(WriteResult)>;

// What a sink that talks to a service counts, for /metrics. All zero where there is no service.
struct SinkStats {
  bool remote = false;              // There is one: the rest means something.
  std::uint64_t connections = 0;    // Open now.
  std::uint64_t connects = 0;       // Connections opened so far.
  std::uint64_t requests = 0;       // Sent.
  std::uint64_t row_errors = 0;     // Rows that the service refused by name or alone.
  std::uint64_t failures = 0;       // Requests that ended without their rows stored or refused.
  std::uint64_t known_already = 0;  // Requests that turned out to be stored when sent again.
  obs::HistogramSnapshot round_trip_micros;
};

class Sink {
 public:
  virtual ~Sink() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // Metric label, such as "local".

  // How many batches may be between write() and done at once. Constant, at least 1.
  [[nodiscard]] virtual std::size_t window() const = 0;

  // Connects, and creates a missing table. A retryable Error means "not yet": the server starts
  // all the same, is not ready, and Delivery opens again later. Any other Error stops the start.
  virtual Result<void> open() = 0;

  // Starts writing `batch`, which stays alive and unchanged until `done`. Calls `done` exactly
  // once, from any thread, perhaps before write() returns. After a retryable Error the same object
  // is written again, unchanged, before any batch that came after it; or none ever is (shutdown).
  virtual void write(const row::Batch& batch, WriteDone done) = 0;

  // The same for rows that have marks, batch by batch in their order. After a restart the rows of
  // unfinished batches are written again, with the same marks, in other batches: a sink that keeps
  // the marks of what it has stored stores none twice.
  virtual void write_marked(const row::Batch& batch, const BatchMarks& marks, WriteDone done) {
    static_cast<void>(marks);
    write(batch, std::move(done));
  }

  // From any thread, at any time.
  [[nodiscard]] virtual SinkStats stats() const { return {}; }

  // From any thread, at any time: open(), in progress or called later, ends soon, with a retryable
  // Error where it would have to wait for a service. For the end of the process: it stays so.
  virtual void interrupt() {}

  // Releases the destination; no write() follows. A batch still being written is given up: its
  // done is called, with what is known of it, before close() returns.
  virtual void close() = 0;
};

}  // namespace rs::sink
