#pragma once
// One write() of Delivery on its way to Pub/Sub: which of its rows are settled, and the chains in
// which the others are sent.
//   Batch --chains_of--> [ Chain, Chain ... ] --request, request ...--> settled
// Chains are sent beside each other, the requests of one chain one after the other. What is known
// of a batch outlives a failure: when Delivery writes it again, only the rows that are open are
// sent. Not thread-safe: the publisher's lock guards it, but for a Chain, which is with one thread
// at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pubsub/settings.h"
#include "row/batch.h"
#include "sink/sink.h"

namespace rs::pubsub {

struct Publishing {
  Publishing(const row::Batch& of, sink::WriteDone when_done);

  const row::Batch* batch;
  sink::WriteDone done;
  std::vector<bool> settled;  // By row: published or rejected.
  std::vector<sink::Rejected> rejected;
  std::size_t chains = 0;  // Whose end is open.
  std::optional<Error> failed;

  // Gives the outcome, once: done may be called with it, without the lock.
  [[nodiscard]] sink::WriteResult result();
};
using PublishingPtr = std::shared_ptr<Publishing>;

struct Chain {
  PublishingPtr publishing;
  std::vector<std::uint32_t> rows;
  std::size_t next = 0;  // The first that is not settled.
  std::size_t most;      // Rows in the next request: fewer when one of them is to be found out.
};

// The rows that are not settled. With PubSubOrdering::kUser a chain for each user, so that their
// order is kept; else one, which its owner may split.
[[nodiscard]] std::vector<Chain> chains_of(const PublishingPtr& publishing,
                                           const PubSubSettings& settings);

// The rows of `chain` behind its next `count`, as a chain of their own.
[[nodiscard]] Chain split_behind(Chain& chain, std::size_t count);

}  // namespace rs::pubsub
