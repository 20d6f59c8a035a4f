#include "pubsub/leases.h"

#include <utility>

namespace rs::pubsub {

std::optional<std::uint64_t> Leases::add(const std::string& message_id, std::string ack_id,
                                         std::size_t bytes, Clock::time_point now) {
  const auto expires = now + deadline_;
  const auto known = by_message_.find(message_id);
  if (known != by_message_.end()) {
    Held& held = held_.at(known->second);
    held.ack_id = std::move(ack_id);
    held.expires = expires;
    by_end_.emplace_back(expires, known->second);
    return std::nullopt;
  }
  const std::uint64_t ticket = next_++;
  held_.emplace(ticket, Held{message_id, std::move(ack_id), bytes, expires, std::nullopt});
  by_message_.emplace(message_id, ticket);
  by_end_.emplace_back(expires, ticket);
  bytes_ += bytes;
  return ticket;
}

void Leases::settle(std::uint64_t ticket, Fate fate) {
  held_.at(ticket).fate = fate;
  queue(fate).push_back(ticket);
}

LeaseBatch Leases::take_settled(Fate fate, std::size_t most, Clock::time_point now) {
  LeaseBatch batch{{}, {}, now};
  auto& from = queue(fate);
  while (!from.empty() && batch.tickets.size() < most) {
    const std::uint64_t ticket = from.front();
    from.pop_front();
    batch.tickets.push_back(ticket);
    batch.ack_ids.push_back(held_.at(ticket).ack_id);
  }
  return batch;
}

void Leases::told(const LeaseBatch& batch, Fate fate, bool again, Clock::time_point now) {
  for (std::size_t i = 0; i < batch.tickets.size(); ++i) {
    const auto held = held_.find(batch.tickets[i]);
    // A message that was delivered meanwhile is known to the service by its new name only.
    const bool was_renewed = held->second.ack_id != batch.ack_ids[i];
    if (was_renewed || (again && now < held->second.expires)) {
      queue(fate).push_back(held->first);
    } else {
      drop(held);
    }
  }
}

void Leases::drop(Map::iterator held) {
  bytes_ -= held->second.bytes;
  by_message_.erase(held->second.message_id);
  held_.erase(held);
}

LeaseBatch Leases::take_due(std::size_t most, Clock::time_point now) {
  LeaseBatch batch{{}, {}, now};
  while (!by_end_.empty() && batch.tickets.size() < most) {
    const auto [expires, ticket] = by_end_.front();
    const auto held = held_.find(ticket);
    const bool is_current =
        held != held_.end() && held->second.expires == expires && !held->second.extending;
    if (is_current && expires - now > deadline_ / 2) break;
    by_end_.pop_front();
    // What is to be given back needs no lease.
    if (!is_current || held->second.fate == Fate::kReturned) continue;
    held->second.extending = true;
    batch.tickets.push_back(ticket);
    batch.ack_ids.push_back(held->second.ack_id);
  }
  return batch;
}

void Leases::extended(const LeaseBatch& batch, bool good) {
  for (std::size_t i = 0; i < batch.tickets.size(); ++i) {
    const auto held = held_.find(batch.tickets[i]);
    if (held == held_.end()) continue;
    held->second.extending = false;
    // One that was delivered meanwhile has a new lease.
    const bool was_renewed = held->second.ack_id != batch.ack_ids[i];
    if (good && !was_renewed) held->second.expires = batch.begun + deadline_;
    if (good) {
      by_end_.emplace_back(held->second.expires, batch.tickets[i]);
    } else {
      by_end_.emplace_front(held->second.expires, batch.tickets[i]);
    }
  }
}

Clock::time_point Leases::due_at() const {
  return by_end_.empty() ? Clock::time_point::max() : by_end_.front().first - deadline_ / 2;
}

}  // namespace rs::pubsub
