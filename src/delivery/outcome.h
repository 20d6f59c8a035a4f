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

// Tells every waiter of `batch` what became of its row, one post per mailbox.
void settle(const HeldBatch& batch, const std::vector<sink::Rejected>& rejected, Outcome others);

// The letters, and `batch` and `rejected` they point into, live equally long.
[[nodiscard]] std::vector<DeadLetter> letters_of(const HeldBatch& batch,
                                                 const std::vector<sink::Rejected>& rejected);

// Every row of `batch`, rejected for one reason.
[[nodiscard]] std::vector<sink::Rejected> all_rows(const HeldBatch& batch,
                                                   const std::string& reason);

// Appends a letter for each row that nobody waits for: it was promised.
void add_promised(const HeldBatch& batch, std::string_view reason, std::vector<DeadLetter>& out);

}  // namespace rs::delivery
