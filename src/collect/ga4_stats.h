#pragma once
// What the protocols of GA4's senders count beside delivery's accounting. One block for each
// request thread, which alone writes it; read from any.

#include <array>
#include <cstddef>
#include <cstdint>

#include "ga4/refusal.h"
#include "obs/counter.h"

namespace rs::collect {

inline constexpr std::size_t kGa4Refusals = static_cast<std::size_t>(ga4::Refusal::kCount);

struct Ga4Stats {
  std::array<obs::Counter, kGa4Refusals> refused;  // Events, by reason.
  obs::Counter first_visits, session_starts;       // Rows made besides.
  obs::Counter dropped_values;                     // Of events that were taken.
};

struct Ga4Totals {
  std::array<std::uint64_t, kGa4Refusals> refused{};
  std::uint64_t first_visits = 0, session_starts = 0, dropped_values = 0;

  void add(const Ga4Stats& thread) {
    for (std::size_t i = 0; i < refused.size(); ++i) refused[i] += thread.refused[i].value();
    first_visits += thread.first_visits.value();
    session_starts += thread.session_starts.value();
    dropped_values += thread.dropped_values.value();
  }
};

}  // namespace rs::collect
