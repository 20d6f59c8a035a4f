#pragma once
// How an event of a GA4 sender is refused: counted by reason, and left out of its request, whose
// answer stays 204.

#include "collect/ga4_stats.h"
#include "collect/protocol.h"

namespace rs::collect {

inline void refuse_ga4(ga4::Refusal refusal, std::size_t count, Ga4Stats& stats, Events& events) {
  stats.refused[static_cast<std::size_t>(refusal)].add(count);
  events.leave_out(refusal == ga4::Refusal::kTooLarge ? delivery::Refused::kTooLarge
                                                      : delivery::Refused::kInvalidEvent,
                   count);
}

}  // namespace rs::collect
