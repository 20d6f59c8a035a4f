#include "delivery/outcome.h"

#include <algorithm>
#include <map>
#include <utility>

namespace rs::delivery {

void settle(const HeldBatch& batch, const std::vector<sink::Rejected>& rows, Outcome of_those,
            Outcome of_others) {
  if (batch.waiters.empty()) return;
  std::vector<bool> among(batch.rows.size());
  for (const auto& row : rows) among[row.index] = true;
  std::map<Mailbox*, std::vector<Settlement>> letters;
  for (const auto& waiter : batch.waiters) {
    const auto first = among.begin() + static_cast<std::ptrdiff_t>(waiter.first);
    const bool any = std::find(first, first + waiter.rows, true) != first + waiter.rows;
    letters[waiter.promise.mailbox].push_back(
        {waiter.promise.ticket, any ? of_those : of_others, waiter.rows});
  }
  for (const auto& [mailbox, settlements] : letters) mailbox->post(settlements);
}

void settle_others(HeldBatch& batch, const std::vector<sink::Rejected>& rejected) {
  std::map<Mailbox*, std::vector<Settlement>> letters;
  std::erase_if(batch.waiters, [&](HeldBatch::Waiter& waiter) {
    const auto is_before = [](const auto& row, std::size_t index) { return row.index < index; };
    const auto first = std::lower_bound(rejected.begin(), rejected.end(), waiter.first, is_before);
    const auto end = std::lower_bound(first, rejected.end(), waiter.first + waiter.rows, is_before);
    const auto left = static_cast<std::uint32_t>(end - first);
    if (left < waiter.rows) {
      letters[waiter.promise.mailbox].push_back(
          {waiter.promise.ticket, Outcome::kKept, waiter.rows - left});
    }
    waiter.first = static_cast<std::size_t>(first - rejected.begin());
    waiter.rows = left;
    return left == 0;
  });
  for (const auto& [mailbox, settlements] : letters) mailbox->post(settlements);
}

std::vector<DeadLetter> letters_of(const HeldBatch& batch,
                                   const std::vector<sink::Rejected>& rejected, unsigned attempts) {
  std::vector<DeadLetter> letters;
  letters.reserve(rejected.size());
  for (const auto& row : rejected) {
    letters.push_back({batch.rows[row.index], row.reason, attempts});
  }
  return letters;
}

std::vector<sink::Rejected> all_rows(const HeldBatch& batch, const std::string& reason) {
  std::vector<sink::Rejected> rows;
  rows.reserve(batch.rows.size());
  for (std::size_t i = 0; i < batch.rows.size(); ++i) rows.push_back({i, reason});
  return rows;
}

std::vector<sink::Rejected> promised_of(const HeldBatch& batch, std::vector<sink::Rejected> rows) {
  std::vector<bool> waited_for(batch.rows.size());
  for (const auto& waiter : batch.waiters) {
    std::fill_n(waited_for.begin() + static_cast<std::ptrdiff_t>(waiter.first), waiter.rows, true);
  }
  std::erase_if(rows, [&](const sink::Rejected& row) { return waited_for[row.index]; });
  return rows;
}

}  // namespace rs::delivery
