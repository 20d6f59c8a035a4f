#pragma once
// Rows out of messages: from a subscription into the destination.
//   Subscriber --take--> message --+--> row --hold--> Delivery --outcome--> settle --> Subscriber
//                                  +--> no row --> dead letters ------------> settle
// A message is acknowledged when its row is stored or kept as a dead letter, and not before. What a
// shutdown leaves undone goes back to the service, and so does what cannot be kept now. A message
// that is delivered twice may be stored twice: its rows then share message_id, and event_id. run()
// is for one thread; outcomes come from Delivery's.

#include <cstdint>
#include <string>
#include <vector>

#include "base/mailbox.h"
#include "base/mutex.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "delivery/reject_log.h"
#include "event/row_json.h"
#include "pubsub/subscriber.h"

namespace rs::pubsub {

struct LoaderStats {
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;  // Rows that the destination did not take: in the dead letters.
  std::uint64_t not_rows = 0;  // Messages that are no row: there too.
};

class Loader final : public Mailbox {
 public:
  // All outlive the loader. `subscription` is its full name.
  Loader(Subscriber& subscriber, delivery::Delivery& delivery, delivery::DeadLetters& dead_letters,
         std::string subscription);

  // Until the subscriber has no more: it was stopped, or cannot be read.
  void run();

  void post(std::span<const Settlement> settlements) override;

  [[nodiscard]] LoaderStats stats() const;

 private:
  // False when there is no hope: Delivery or the subscriber is stopping.
  [[nodiscard]] bool hand_over(std::string_view encoded, std::uint64_t ticket);
  void keep(const std::vector<const Message*>& not_rows, const std::vector<std::string>& reasons);

  Subscriber& subscriber_;
  delivery::Delivery& delivery_;
  delivery::DeadLetters& dead_letters_;
  const std::string subscription_;
  delivery::RejectLog reject_log_;
  bool keep_fails_ = false;
  event::RowJsonReader reader_;
  std::string attributes_;

  mutable Mutex mutex_;
  CondVar changed_;  // A row was settled: there is room.
  LoaderStats stats_ GUARDED_BY(mutex_);
};

}  // namespace rs::pubsub
