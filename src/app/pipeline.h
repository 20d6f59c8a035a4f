#pragma once
// From an encoded row to its destination, for whoever has rows: the server, a replay of dead
// letters. Owns the sink and what stands before it; the strategy is chosen here and nowhere else.

#include <memory>

#include "app/data_folder.h"
#include "base/result.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "duckdb/sink.h"
#include "settings/settings.h"
#include "sink/sink.h"
#include "spool/spool.h"

namespace rs::app {

class Pipeline {
 public:
  // Who brings rows: clients, which WRITERS__ACK is for, or what keeps them itself until they are
  // stored: a replay, whose rows are on disk, a subscription.
  enum class For : std::uint8_t { kClients, kReplay, kSubscription };

  // Claims the data folder, opens the spool and starts delivery, which opens the sink meanwhile and
  // calls `first_opening` with the outcome (delivery/delivery.h).
  [[nodiscard]] static Result<std::unique_ptr<Pipeline>> start(
      const settings::Settings& settings, For rows, delivery::Delivery::FirstOpening first_opening);

  [[nodiscard]] sink::Sink& sink() { return *sink_; }
  // The local store, for queries; null with every other strategy.
  [[nodiscard]] duckdb::LocalStore* local_store() { return local_store_; }
  [[nodiscard]] delivery::DeadLetters& dead_letters() { return dead_letters_; }
  [[nodiscard]] delivery::Delivery& delivery() { return *delivery_; }

 private:
  Pipeline(DataFolder folder, const settings::Settings& settings, For rows);

  DataFolder folder_;
  duckdb::LocalStore* local_store_ = nullptr;
  spool::RealDisk disk_;
  std::unique_ptr<sink::Sink> sink_;
  delivery::DeadLetters dead_letters_;
  std::unique_ptr<spool::Spool> spool_;  // Null when there is nothing to spool and nothing left.
  std::unique_ptr<delivery::Delivery> delivery_;
};

}  // namespace rs::app
