#include "delivery/spool_feed.h"

#include <algorithm>
#include <string_view>

#include "spool/record.h"

namespace rs::delivery {

void SpoolFeed::begin(spool::Position first) {
  next_ = delivered_ = first;
  begun_ = true;
}

void SpoolFeed::kept(const spool::Run& run, Batcher& batcher, Clock::time_point now) {
  const bool behind = !begun_ || is_behind();
  rows_ += run.rows;
  end_ = run.end;
  if (behind) return;
  next_ = run.begin;
  add(run, batcher, now);
}

void SpoolFeed::loaded(const spool::Run& run, Batcher& batcher, Clock::time_point now) {
  next_ = run.begin;
  if (run.rows == 0) {
    next_ = run.end;
  } else {
    add(run, batcher, now);
  }
}

void SpoolFeed::add(const spool::Run& run, Batcher& batcher, Clock::time_point now) {
  std::string_view bytes = run.bytes;
  while (!bytes.empty()) {
    const spool::Record record = spool::take_record(bytes);
    const spool::Position end{next_.segment, next_.offset + record.size()};
    if (!batcher.add_spooled(record.row, end, record.seconds, now)) return;
    next_ = end;
  }
}

void SpoolFeed::taken(const HeldBatch& batch) {
  if (batch.spooled) outstanding_.push_back({batch.sequence, batch.end, batch.seconds, false});
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
