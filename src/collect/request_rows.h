#pragma once
// The events of one request as encoded rows, until they are handed over together.
//   Events::add(Payload, Facts) --enrich--> Row --encode--> bytes ... rows()
// One per request thread: it owns that thread's enrichment, whose caches are warm for the next
// event of the same browser, and the memory of the rows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "base/world.h"
#include "collect/collector_stats.h"
#include "collect/protocol.h"
#include "enrich/enrich.h"
#include "row/encode.h"

namespace rs::collect {

class RequestRows final : public Events {
 public:
  // All outlive it.
  RequestRows(const enrich::Settings& settings, World& world, CollectorStats& stats)
      : world_(world), stats_(stats), enricher_(settings) {}

  // The next request. Without `gives_ids` visitors that bring no id have none.
  void begin(bool gives_ids);

  void add(const event::Payload& payload, event::Facts& facts) override;
  void leave_out(delivery::Refused reason, std::size_t events) override;

  // Valid until the next begin().
  [[nodiscard]] std::span<const std::string_view> rows();

  // The visitor's id in all rows that have one; empty when there is none, or more than one.
  [[nodiscard]] std::string_view visitor() const {
    return visitors_ == Visitors::kOne ? visitor_ : std::string_view();
  }
  // Adds what was noticed in the events to the counters; not called for a refused request.
  void count();

  // Calls each(reason, events) for what was left out.
  template <class Each>
  void for_each_left_out(Each&& each) const {
    if (!leaves_out_) return;
    for (std::size_t i = 0; i < left_out_.size(); ++i) {
      if (left_out_[i] > 0) each(static_cast<delivery::Refused>(i), left_out_[i]);
    }
  }

 private:
  enum class Visitors : std::uint8_t { kNone, kOne, kMany };

  void give_ids(const event::Payload& payload, event::Facts& facts);
  void note_visitor(std::string_view id);
  void set_last_aside();
  void notice(const event::Payload& payload);

  World& world_;
  CollectorStats& stats_;
  enrich::Enricher enricher_;
  row::Encoder encoder_;

  // Of the request.
  bool gives_ids_ = true;
  UuidText fresh_user_, fresh_event_;
  std::optional<std::int64_t> bundle_;
  std::string_view fresh_user_text_;  // Of fresh_user_ once it is made: one for all its events.
  Visitors visitors_ = Visitors::kNone;
  std::string visitor_;
  struct Noticed {
    std::size_t unknown_keys = 0, kept_numbers = 0, times_unread = 0, times_implausible = 0;
  };
  Noticed noticed_;
  bool leaves_out_ = false;
  std::array<std::size_t, static_cast<std::size_t>(delivery::Refused::kCount)> left_out_{};
  // The last row lies in the encoder until the next one comes: most requests have only one.
  std::string earlier_;
  std::vector<std::size_t> ends_;  // Of the rows in it.
  std::string_view last_;
  bool has_last_ = false;
  std::vector<std::string_view> rows_;
};

}  // namespace rs::collect
