#include "http/unfinished.h"

#include <unistd.h>

namespace rs::http {

unsigned UnfinishedTotal::add_thread(int wakeup) {
  threads_.emplace_back().wakeup = wakeup;
  return static_cast<unsigned>(threads_.size() - 1);
}

UnfinishedList::UnfinishedList(UnfinishedTotal& total, unsigned thread)
    : total_(total), own_(total.threads_[thread]) {
  ends_.older = ends_.younger = &ends_;
}

void UnfinishedList::change(UnfinishedNode& node, std::size_t bytes, std::int64_t now) {
  count(node.held_bytes, bytes);
  const bool was_held = node.held_bytes > 0;
  node.held_bytes = bytes;
  if (was_held == (bytes > 0)) return;
  if (bytes > 0) {
    add_youngest(node, now);
  } else {
    remove(node);
  }
  publish();
}

void UnfinishedList::restart(UnfinishedNode& node, std::int64_t now) {
  if (node.held_bytes == 0) return;
  remove(node);
  add_youngest(node, now);
  publish();
}

void UnfinishedList::hold_decoded(std::size_t bytes) {
  if (bytes == decoded_) return;
  count(decoded_, bytes);
  decoded_ = bytes;
}

bool UnfinishedList::has_oldest_of_all() const {
  const UnfinishedTotal::Thread* oldest = &own_;
  for (const auto& thread : total_.threads_) {
    if (thread.oldest.load(std::memory_order_relaxed) <
        oldest->oldest.load(std::memory_order_relaxed)) {
      oldest = &thread;
    }
  }
  if (oldest == &own_) return true;
  const std::uint64_t one = 1;
  // Fails only when the count is full, and then that loop is about to wake anyway.
  [[maybe_unused]] const ssize_t written = ::write(oldest->wakeup, &one, sizeof one);
  return false;
}

void UnfinishedList::add_youngest(UnfinishedNode& node, std::int64_t now) {
  node.held_since = now;
  node.older = ends_.older;
  node.younger = &ends_;
  ends_.older->younger = &node;
  ends_.older = &node;
}

void UnfinishedList::remove(UnfinishedNode& node) {
  node.older->younger = node.younger;
  node.younger->older = node.older;
  node.older = node.younger = nullptr;
}

void UnfinishedList::publish() {
  const auto since = ends_.younger == &ends_ ? UnfinishedTotal::kNone : ends_.younger->held_since;
  if (own_.oldest.load(std::memory_order_relaxed) != since) {
    own_.oldest.store(since, std::memory_order_relaxed);
  }
}

void UnfinishedList::count(std::size_t before, std::size_t after) {
  // Unsigned arithmetic wraps, so a negative difference is subtracted.
  total_.bytes_.fetch_add(after - before, std::memory_order_relaxed);
}

}  // namespace rs::http
