#include "delivery/outcome.h"

#include <algorithm>
#include <map>

namespace rs::delivery {

void settle(const HeldBatch& batch, const std::vector<sink::Rejected>& rejected, Outcome others) {
  if (batch.waiters.empty()) return;
  std::map<Mailbox*, std::vector<Settlement>> letters;
  for (const auto& waiter : batch.waiters) {
    const bool refused_by_sink = std::any_of(rejected.begin(), rejected.end(),
                                             [&](const auto& r) { return r.index == waiter.row; });
    letters[waiter.promise.mailbox].push_back(
        {waiter.promise.ticket, refused_by_sink ? Outcome::kRejected : others});
  }
  for (const auto& [mailbox, settlements] : letters) mailbox->post(settlements);
}

std::vector<DeadLetter> letters_of(const HeldBatch& batch,
                                   const std::vector<sink::Rejected>& rejected) {
  std::vector<DeadLetter> letters;
  letters.reserve(rejected.size());
  for (const auto& row : rejected) {
    letters.push_back({batch.rows[row.index], row.reason, batch.attempts + 1});
  }
  return letters;
}

std::vector<sink::Rejected> all_rows(const HeldBatch& batch, const std::string& reason) {
  std::vector<sink::Rejected> rows;
  rows.reserve(batch.rows.size());
  for (std::size_t i = 0; i < batch.rows.size(); ++i) rows.push_back({i, reason});
  return rows;
}

void add_promised(const HeldBatch& batch, std::string_view reason, std::vector<DeadLetter>& out) {
  auto waiter = batch.waiters.begin();
  for (std::size_t row = 0; row < batch.rows.size(); ++row) {
    if (waiter != batch.waiters.end() && waiter->row == row) {
      ++waiter;
    } else {
      out.push_back({batch.rows[row], reason, batch.attempts});
    }
  }
}

}  // namespace rs::delivery
