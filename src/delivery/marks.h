#pragma once
// The marks by which a sink knows rows of the spool (sink/sink.h): their positions there.

#include "delivery/held_batch.h"
#include "sink/sink.h"
#include "spool/position.h"
#include "spool/record.h"

namespace rs::delivery {

[[nodiscard]] inline spool::Position position_of(sink::Mark mark) {
  return {mark.part, mark.place};
}

// Only with batch.spooled.
[[nodiscard]] inline sink::BatchMarks marks_of(const HeldBatch& batch) {
  return {{batch.begin.segment, batch.begin.offset}, spool::kRecordHeaderBytes};
}

}  // namespace rs::delivery
