#include "pubsub/loader.h"

#include <chrono>
#include <thread>
#include <utility>

#include "obs/log.h"
#include "pubsub/message_text.h"

namespace rs::pubsub {
namespace {

// Room may also come without one of our rows being settled, which nobody tells us.
constexpr std::chrono::milliseconds kLookAgain{20};
// After dead letters that the disk did not take.
constexpr std::chrono::milliseconds kDiskPause{200};
constexpr std::string_view kName = "load";

}  // namespace

Loader::Loader(Subscriber& subscriber, delivery::Delivery& delivery,
               delivery::DeadLetters& dead_letters, std::string subscription)
    : subscriber_(subscriber),
      delivery_(delivery),
      dead_letters_(dead_letters),
      subscription_(std::move(subscription)),
      reject_log_("The load") {}

void Loader::run() {
  for (;;) {
    const auto messages = subscriber_.take();
    if (messages.empty()) return;
    std::vector<std::uint64_t> returned;
    std::vector<const Message*> not_rows;
    std::vector<std::string> reasons;
    for (const auto& message : messages) {
      attributes_.clear();
      append_attributes(attributes_, message);
      const event::MessageMetadata metadata{.subscription_name = subscription_,
                                            .message_id = message.message_id,
                                            .publish_time = message.publish_time,
                                            .attributes = attributes_};
      const auto row = reader_.read(message.data, &metadata);
      if (!row) {
        not_rows.push_back(&message);
        reasons.push_back("the message is no row: " + row.error().message);
      } else if (!hand_over(*row, message.ticket)) {
        returned.push_back(message.ticket);
      }
    }
    subscriber_.settle(returned, Fate::kReturned);
    keep(not_rows, reasons);
  }
}

bool Loader::hand_over(std::string_view encoded, std::uint64_t ticket) {
  for (;;) {
    const auto accepted = delivery_.hold(row::one_row(encoded), {this, ticket});
    if (accepted == delivery::Accepted::kHeld) return true;
    if (accepted == delivery::Accepted::kStopping || subscriber_.stopping()) return false;
    MutexLock lock(mutex_);
    while (delivery_.full() && !subscriber_.stopping()) changed_.wait_for(mutex_, kLookAgain);
  }
}

// Where they cannot be kept the service has them again, for this process or another; rows go on.
void Loader::keep(const std::vector<const Message*>& not_rows,
                  const std::vector<std::string>& reasons) {
  if (not_rows.empty()) return;
  std::vector<std::string> texts;
  std::vector<delivery::DeadLetter> letters;
  std::vector<std::uint64_t> tickets;
  texts.reserve(not_rows.size());
  for (std::size_t i = 0; i < not_rows.size(); ++i) {
    texts.push_back(message_text(*not_rows[i], subscription_));
    letters.push_back(
        {.encoded = {}, .reason = reasons[i], .attempts = 1, .message = texts.back()});
    tickets.push_back(not_rows[i]->ticket);
  }
  const auto kept = dead_letters_.append(kName, letters);
  if (!kept) {
    if (!std::exchange(keep_fails_, true)) {
      RS_LOG(kError,
             "{} messages that are not rows go back to the service, which delivers them "
             "again, because they cannot be kept as dead letters: {}",
             letters.size(), kept.error().message);
    }
    subscriber_.settle(tickets, Fate::kReturned);
    // The service may deliver them at once.
    std::this_thread::sleep_for(kDiskPause);
    return;
  }
  keep_fails_ = false;
  for (const auto& reason : reasons) reject_log_.add(reason);
  reject_log_.log();
  {
    MutexLock lock(mutex_);
    stats_.not_rows += tickets.size();
  }
  subscriber_.settle(tickets, Fate::kStored);
}

void Loader::post(std::span<const Settlement> settlements) {
  std::vector<std::uint64_t> stored, returned;
  std::uint64_t rejected = 0;
  for (const auto& settlement : settlements) {
    const bool is_done = settlement.outcome != Outcome::kRefused;
    (is_done ? stored : returned).push_back(settlement.ticket);
    if (settlement.outcome == Outcome::kRejected) ++rejected;
  }
  {
    MutexLock lock(mutex_);
    stats_.stored += stored.size() - rejected;
    stats_.rejected += rejected;
    changed_.notify_all();
  }
  subscriber_.settle(stored, Fate::kStored);
  subscriber_.settle(returned, Fate::kReturned);
}

LoaderStats Loader::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

}  // namespace rs::pubsub
