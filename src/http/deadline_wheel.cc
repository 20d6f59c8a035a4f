#include "http/deadline_wheel.h"

#include <algorithm>

namespace rs::http {

DeadlineWheel::DeadlineWheel(std::int64_t tick_micros, std::int64_t now)
    : tick_micros_(tick_micros), current_(now / tick_micros) {
  for (auto& head : ring_) head.previous = head.next = &head;
}

void DeadlineWheel::arm(DeadlineNode& node, std::int64_t due) {
  node.due = due;
  const std::int64_t tick = due / tick_micros_ + 1;
  if (node.next != nullptr) {
    if (node.tick <= tick) return;
    unlink(node);
  }
  // A deadline further away than the ring reaches is looked at on the way.
  node.tick = std::clamp(tick, current_ + 1, current_ + kTicks - 1);
  DeadlineNode& head = ring_[slot(node.tick)];
  node.previous = head.previous;
  node.next = &head;
  head.previous->next = &node;
  head.previous = &node;
}

void DeadlineWheel::unlink(DeadlineNode& node) {
  node.previous->next = node.next;
  node.next->previous = node.previous;
  node.previous = node.next = nullptr;
}

void DeadlineWheel::take_list(DeadlineNode& from, DeadlineNode& to) {
  to.previous = to.next = &to;
  if (from.next == &from) return;
  to.next = from.next;
  to.previous = from.previous;
  to.next->previous = &to;
  to.previous->next = &to;
  from.previous = from.next = &from;
}

}  // namespace rs::http
