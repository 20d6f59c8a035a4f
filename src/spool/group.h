#pragma once
// Rows that become durable together: their records side by side as they will lie in the file, and
// who waits for them. Not thread-safe: guarded by whoever fills it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/mailbox.h"
#include "spool/record_blocks.h"

namespace rs::spool {

class Group {
 public:
  // The rows of one request, at least one.
  void add(std::span<const std::string_view> rows, const Promise& promise, std::uint32_t seconds) {
    for (const auto& row : rows) records_.add({row, seconds, &row != &rows.back()});
    rows_ += rows.size();
    ++requests_;
    if (promise.mailbox == nullptr) return;
    letter_to(*promise.mailbox)
        .push_back({promise.ticket, {}, static_cast<std::uint32_t>(rows.size())});
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
    rows_ = requests_ = 0;
    for (auto& letter : letters_) letter.settlements.clear();
  }

  [[nodiscard]] bool empty() const { return rows_ == 0; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t requests() const { return requests_; }  // That brought them.
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
  std::size_t rows_ = 0, requests_ = 0;
  std::vector<Letter> letters_;
};

}  // namespace rs::spool
