#pragma once
// Rows that become durable together: their records side by side as they will lie in the file, and
// who waits for them. Not thread-safe: guarded by whoever fills it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/mailbox.h"
#include "spool/record_blocks.h"

namespace rs::spool {

class Group {
 public:
  void add(std::string_view row, const Promise& promise, std::uint32_t seconds) {
    records_.add(row, seconds);
    ++rows_;
    if (promise.mailbox != nullptr) letter_to(*promise.mailbox).push_back({promise.ticket, {}});
  }

  // Tells everybody who waits, one post per mailbox.
  void settle(Outcome outcome) {
    for (auto& letter : letters_) {
      if (letter.settlements.empty()) continue;
      for (auto& settlement : letter.settlements) settlement.outcome = outcome;
      letter.mailbox->post(letter.settlements);
    }
  }

  void clear() {
    records_.clear();
    rows_ = 0;
    for (auto& letter : letters_) letter.settlements.clear();
  }

  [[nodiscard]] bool empty() const { return rows_ == 0; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] RecordBlocks& records() { return records_; }
  [[nodiscard]] std::size_t bytes() const { return records_.size(); }

 private:
  struct Letter {
    Mailbox* mailbox;
    std::vector<Settlement> settlements;
  };

  // There are as many mailboxes as request threads: few.
  std::vector<Settlement>& letter_to(Mailbox& mailbox) {
    for (auto& letter : letters_) {
      if (letter.mailbox == &mailbox) return letter.settlements;
    }
    letters_.push_back({&mailbox, {}});
    return letters_.back().settlements;
  }

  RecordBlocks records_;
  std::size_t rows_ = 0;
  std::vector<Letter> letters_;
};

}  // namespace rs::spool
