#include "http/connection.h"

#include "base/prefetch.h"

namespace rs::http {

Connection& ConnectionTable::open(int fd) {
  std::uint32_t slot;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (slots_ / kPage == pages_.size()) {
      pages_.push_back(std::make_unique<Connection[]>(kPage));
      free_.reserve(pages_.size() * kPage);  // So that release() needs no memory.
    }
    slot = slots_++;
    at(slot).slot = slot;
  }
  Connection& connection = at(slot);
  connection.fd = fd;
  ++open_;
  return connection;
}

void ConnectionTable::release(Connection& connection) {
  const std::uint32_t slot = connection.slot, generation = connection.generation + 1,
                      promise = connection.promise + 1;
  connection = Connection{};
  connection.slot = slot;
  connection.generation = generation;
  connection.promise = promise;
  free_.push_back(slot);
  --open_;
}

Connection* ConnectionTable::find(std::uint32_t slot, std::uint32_t generation) {
  if (slot >= slots_) return nullptr;
  Connection& connection = at(slot);
  return connection.fd >= 0 && connection.generation == generation ? &connection : nullptr;
}

void ConnectionTable::fetch(std::uint64_t ticket) {
  const auto slot = static_cast<std::uint32_t>(ticket);
  if (slot < slots_) fetch_to_read(&at(slot), sizeof(Connection));
}

const PendingReply* ConnectionTable::pending_of(std::uint64_t ticket) {
  const auto slot = static_cast<std::uint32_t>(ticket);
  return slot < slots_ ? at(slot).pending.get() : nullptr;
}

void ConnectionTable::fetch_pending(std::uint64_t ticket) {
  if (const auto* pending = pending_of(ticket)) fetch_to_read(pending, sizeof *pending);
}

void ConnectionTable::fetch_headers(std::uint64_t ticket) {
  const auto* pending = pending_of(ticket);
  if (pending == nullptr) return;
  fetch_to_read(pending->response.headers.data(), pending->response.headers.size());
}

Connection* ConnectionTable::find_waiting(std::uint64_t ticket) {
  const auto slot = static_cast<std::uint32_t>(ticket);
  if (slot >= slots_) return nullptr;
  Connection& connection = at(slot);
  const bool is_waiting = connection.fd >= 0 && connection.stage == Stage::kWaiting;
  return is_waiting && connection.ticket() == ticket ? &connection : nullptr;
}

}  // namespace rs::http
