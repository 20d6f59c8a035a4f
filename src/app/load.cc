#include "app/load.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "app/first_opening.h"
#include "app/last_words.h"
#include "app/pipeline.h"
#include "app/replay_watch.h"
#include "app/shutdown_guard.h"
#include "app/stop_signals.h"
#include "base/environment.h"
#include "base/printable_text.h"
#include "google/credentials.h"
#include "obs/log.h"
#include "obs/log_writer.h"
#include "pubsub/loader.h"
#include "pubsub/subscriber.h"
#include "query/server.h"

namespace rs::app {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Of the time a shutdown may take, what is kept back for giving up rows, and for telling the
// service what became of its messages.
constexpr milliseconds kGivingUp{500}, kTelling{1'500};
constexpr milliseconds kLook{250};         // At signals, errors and figures.
constexpr std::chrono::seconds kLine{30};  // Between two lines in the log.

pubsub::SubscriptionSettings subscription_settings(const settings::Settings::Writers& writers) {
  pubsub::SubscriptionSettings subscription;
  subscription.project = writers.project_id;
  subscription.subscription = writers.pubsub.subscription_id;
  subscription.emulator = environment("PUBSUB_EMULATOR_HOST");
  subscription.held_messages_max = writers.pubsub.max_held_messages;
  subscription.held_bytes_max = writers.pubsub.max_held_bytes;
  subscription.ack_deadline = writers.pubsub.ack_deadline;
  return subscription;
}

// What the loading thread, the pipeline and the subscriber have done so far.
struct Figures {
  pubsub::LoaderStats loader;
  pubsub::SubscriberStats subscriber;
  std::string trouble;  // Of the destination, else of the subscription.

  [[nodiscard]] std::uint64_t dead_letters() const { return loader.rejected + loader.not_rows; }
};

// Where a person sees how far it is; and a log that stays readable. A terminal that was stopped
// (Ctrl-S) holds nothing up.
class Progress {
 public:
  explicit Progress(std::FILE* out) {
    if (isatty(fileno(out)) != 0) {
      terminal_ = std::make_unique<obs::LogWriter>(fileno(out), [](std::uint64_t) { return ""; });
    }
  }

  void show(const Figures& now) {
    const auto at = Clock::now();
    if (terminal_) {
      const std::chrono::duration<double> passed = at - shown_at_;
      const double rate =
          static_cast<double>(now.loader.stored - shown_) / std::max(passed.count(), 0.001);
      terminal_->add(fmt::format(
          "\r\x1b[K{} rows stored, {:.0f} a second, {} messages held, {} dead letters{}",
          now.loader.stored, rate, now.subscriber.held, now.dead_letters(),
          now.trouble.empty() ? "" : "; waiting: " + printable(now.trouble.substr(0, 100))));
    } else if (at - shown_at_ < kLine || now.loader.stored == shown_) {
      return;
    } else {
      RS_LOG(kInfo, "{} rows stored, {} messages held, {} dead letters", now.loader.stored,
             now.subscriber.held, now.dead_letters());
    }
    shown_at_ = at;
    shown_ = now.loader.stored;
  }
  void end() const {
    if (!terminal_) return;
    terminal_->add("\n");
    terminal_->flush(Clock::now() + milliseconds(100));
  }

 private:
  std::unique_ptr<obs::LogWriter> terminal_;  // Null when the output is none.
  Clock::time_point shown_at_ = Clock::now();
  std::uint64_t shown_ = 0;
};

int report(const Error& error) {
  RS_LOG(kError, "Not started: {}", error.message);
  return 1;
}

int report_stopped(std::string_view reason) {
  RS_LOG(kInfo, "{}: stopped before any message was read", reason);
  return 0;
}

// Everything that works, built in order and stopped in reverse.
class Load {
 public:
  Load(Pipeline& pipeline, pubsub::Subscriber& subscriber, std::string subscription)
      : pipeline_(pipeline),
        subscriber_(subscriber),
        loader_(subscriber, pipeline.delivery(), pipeline.dead_letters(), std::move(subscription)) {
    subscriber_.start();
    thread_ = std::thread([this] { loader_.run(); });
    replays_ = std::make_unique<ReplayWatch>(pipeline.dead_letters(), pipeline.delivery());
  }

  [[nodiscard]] Figures figures() const {
    Figures now{loader_.stats(), subscriber_.stats(), pipeline_.delivery().stats().trouble};
    if (now.trouble.empty()) now.trouble = now.subscriber.trouble;
    return now;
  }

  void stop(Clock::time_point limit) {
    subscriber_.stop();
    thread_.join();
    pipeline_.delivery().stop(limit - kTelling - kGivingUp);
    replays_.reset();
    subscriber_.close(limit - kGivingUp);
  }

 private:
  Pipeline& pipeline_;
  pubsub::Subscriber& subscriber_;
  pubsub::Loader loader_;
  std::thread thread_;
  std::unique_ptr<ReplayWatch> replays_;  // `dead-letters replay` asks the one who has the folder.
};

}  // namespace

int load(const settings::Settings& settings, std::FILE* progress) {
  StopSignals stop_requested;
  const LastWords last_words(stop_requested);
  FirstOpening first_opening(stop_requested);
  std::optional<ShutdownGuard> guard;
  const auto subscription = subscription_settings(settings.writers);
  auto pipeline = Pipeline::start(settings, Pipeline::For::kSubscription, first_opening.taker());
  if (!pipeline) return report(pipeline.error());
  std::unique_ptr<query::QueryServer> queries;
  if (auto* store = (*pipeline)->local_store()) {
    queries = std::make_unique<query::QueryServer>(settings.writers.data_dir, *store);
    if (auto listening = queries->start(); !listening) return report(listening.error());
  }
  // Messages stay with the service until the destination is known.
  first_opening.wait();
  if (const auto never = first_opening.never()) return report(*never);
  if (stop_requested.token().stop_requested()) return report_stopped(stop_requested.wait());
  auto subscriber = pubsub::Subscriber::open(
      subscription,
      [](const std::stop_token& stop) {
        return google::find_credentials(google::CredentialPlaces::of_environment(), stop);
      },
      stop_requested.token());
  if (!subscriber) {
    if (stop_requested.token().stop_requested()) return report_stopped(stop_requested.wait());
    return report(subscriber.error());
  }

  Load work(**pipeline, **subscriber, subscription.path());
  RS_LOG(kInfo, "Loading {} into sink {}", subscription.path(), (*pipeline)->sink().name());
  Progress line(progress);
  std::optional<std::string> signal;
  while (!signal && !(*subscriber)->error()) {
    signal = stop_requested.wait_for(kLook);
    line.show(work.figures());
  }
  line.end();
  const auto error = (*subscriber)->error();
  if (error) RS_LOG(kError, "Stopping: {}", error->message);
  if (signal) RS_LOG(kInfo, "{}: finishing what is in progress", *signal);
  const auto limit = Clock::now() + settings.run.shutdown;
  guard.emplace((*pipeline)->delivery(), limit - kTelling - kGivingUp, limit);
  work.stop(limit);
  guard->delivery_has_ended();
  queries.reset();
  const auto end = work.figures();
  RS_LOG(
      kInfo,
      "Stopped: {} messages received, {} rows stored, {} dead letters, {} messages acknowledged, "
      "{} given back, {} to come again",
      end.subscriber.received, end.loader.stored, end.dead_letters(), end.subscriber.acknowledged,
      end.subscriber.returned, end.subscriber.held + end.subscriber.unsettled);
  return error || LastWords::were_spoken() ? 1 : 0;
}

}  // namespace rs::app
