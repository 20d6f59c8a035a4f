#pragma once
// What became of a batch, told to those who wait for its rows and written down for the dead
// letters. Plain functions over a batch that nobody else touches meanwhile.

#include <string>
#include <vector>

#include "base/mailbox.h"
#include "delivery/dead_letters.h"
#include "delivery/held_batch.h"
#include "sink/sink.h"

namespace rs::delivery {

// Tells every waiter of `batch` what became of its rows, one post per mailbox: `of_those` when one
// of them is among `rows`, which is the worse of the two, and `of_others` when none is.
void settle(const HeldBatch& batch, const std::vector<sink::Rejected>& rows, Outcome of_those,
            Outcome of_others);

// Of `batch` only `rejected` are kept, in that order (Batcher::keep_only); whoever waits for
// another row is told that it is stored.
void settle_others(HeldBatch& batch, const std::vector<sink::Rejected>& rejected);

// The letters, and `batch` and `rejected` they point into, live equally long.
[[nodiscard]] std::vector<DeadLetter> letters_of(const HeldBatch& batch,
                                                 const std::vector<sink::Rejected>& rejected,
                                                 unsigned attempts);

// Every row of `batch`, rejected for one reason.
[[nodiscard]] std::vector<sink::Rejected> all_rows(const HeldBatch& batch,
                                                   const std::string& reason);

// Of `rows`, in order, those that nobody waits for: they were promised.
[[nodiscard]] std::vector<sink::Rejected> promised_of(const HeldBatch& batch,
                                                      std::vector<sink::Rejected> rows);

}  // namespace rs::delivery
