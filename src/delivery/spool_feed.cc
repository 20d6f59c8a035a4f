#include "delivery/spool_feed.h"

#include <algorithm>
#include <string_view>

#include "spool/record.h"

namespace rs::delivery {

void SpoolFeed::begin(spool::Position first) {
  next_ = delivered_ = first;
  begun_ = true;
}

void SpoolFeed::recovered(const spool::Segments::Recovered& found) {
  if (found.rows == 0) return;
  rows_ += found.rows;
  to_come_[found.end.segment] += found.rows;
  end_ = std::max(end_, found.end);
}

void SpoolFeed::handed_over(const spool::Run& run, Batcher& batcher, Clock::time_point now) {
  const bool behind = !begun_ || is_behind();
  to_come_[run.begin.segment] += run.rows;
  end_ = run.end;
  if (behind) return;
  next_ = run.begin;
  add(run, batcher, now);
}

std::uint64_t SpoolFeed::loaded(const spool::Run& run, Batcher& batcher, Clock::time_point now) {
  next_ = run.begin;
  if (run.rows == 0) {
    next_ = run.end;
  } else {
    add(run, batcher, now);
  }
  // What was kept in a segment that lies behind and has come into no batch was not found.
  std::uint64_t lost = 0;
  while (!to_come_.empty() && (!is_behind() || to_come_.begin()->first < next_.segment)) {
    lost += to_come_.begin()->second;
    to_come_.erase(to_come_.begin());
  }
  rows_ -= lost;
  return lost;
}

void SpoolFeed::add(const spool::Run& run, Batcher& batcher, Clock::time_point now) {
  std::string_view bytes = run.bytes;
  std::uint64_t rows = 0;
  while (!bytes.empty()) {
    const spool::Record record = spool::take_record(bytes);
    const spool::Position end{next_.segment, next_.offset + record.size()};
    if (!batcher.add_spooled(record.row, next_, end, record.seconds, now)) break;
    next_ = end;
    ++rows;
  }
  const auto to_come = to_come_.find(run.begin.segment);
  to_come->second -= rows;
  if (to_come->second == 0) to_come_.erase(to_come);
}

void SpoolFeed::taken(const HeldBatch& batch) {
  if (batch.spooled) outstanding_.push_back({batch.sequence, batch.end, batch.seconds, false});
}

void SpoolFeed::delivered_some(const HeldBatch& batch, std::uint64_t rows) {
  if (batch.spooled) rows_ -= rows;
}

void SpoolFeed::finished(const HeldBatch& batch) {
  if (!batch.spooled) return;
  rows_ -= batch.rows.size();
  for (auto& each : outstanding_) each.finished = each.finished || each.sequence == batch.sequence;
  while (!outstanding_.empty() && outstanding_.front().finished) {
    delivered_ = outstanding_.front().end;
    outstanding_.pop_front();
  }
}

}  // namespace rs::delivery
