#include "http/loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/connection.h"
#include "http/connection_driver.h"
#include "http/deadline_wheel.h"
#include "http/exchange.h"
#include "http/monotonic.h"

namespace rs::http {
namespace {

// Event data that no connection has: its generation would have to be the last of its slot's.
constexpr std::uint64_t kListener = ~std::uint64_t{0};
constexpr std::uint64_t kWakeup = kListener - 1;
constexpr int kEventsMax = 512;
constexpr int kAcceptsInARow = 64;
// Connections that wait have left the caches meanwhile. About a microsecond is between two answers.
constexpr std::size_t kFetchAhead = 12, kFetchPendingAhead = 8, kFetchHeadersAhead = 4;

std::int64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::int64_t tick_micros(const Timeouts& timeouts) {
  const std::chrono::microseconds tick = timeouts.tick;
  return std::max<std::int64_t>(tick.count(), 1000);
}

void watch_input(const Descriptor& epoll, const Descriptor& what, std::uint64_t name) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = name;
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, what.get(), &event);
}

}  // namespace

class Loop::Run {
 public:
  Run(Loop& loop, Handler& handler)
      : loop_(loop),
        now_(monotonic_micros()),
        wheel_(tick_micros(loop.settings_.timeouts), now_),
        unfinished_(loop.shared_.unfinished, loop.thread_),
        exchange_(
            {handler, loop, loop.shared_.assets, loop.settings_, loop.stats_, turn_, unfinished_}),
        driver_({loop.epoll_.get(), loop.settings_, table_, wheel_, exchange_, turn_, unfinished_,
                 loop.stats_, loop.shared_.connections_open}) {
    exchange_.outgoing().set_time(unix_seconds());
    watch_input(loop.epoll_, loop.listener_, kListener);
  }

  void serve() {
    std::array<epoll_event, kEventsMax> events;
    for (;;) {
      const int count = ::epoll_wait(loop_.epoll_.get(), events.data(), kEventsMax, patience());
      set_now(monotonic_micros());
      turn_.begin();
      if (now_ >= wheel_.next_tick_at()) tick();
      for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)]);
      end_turn();
      if (driver_.has_put_off()) {
        turn_.begin();
        driver_.go_on_with_put_off();
        end_turn();
      }
      if (const auto at = loop_.stop_at_.load(std::memory_order_acquire); at != 0 && stops(at)) {
        return;
      }
    }
  }

 private:
  void set_now(std::int64_t now) {
    now_ = now;
    driver_.set_now(now);
  }

  // Before the next wait, and before a stop, which closes connections.
  void end_turn() {
    exchange_.end_turn();
    driver_.send_queued();
    driver_.relieve();
  }

  // How long epoll may wait, in milliseconds.
  [[nodiscard]] int patience() const {
    if (driver_.has_put_off()) return 0;
    const std::int64_t stop_at = loop_.stop_at_.load(std::memory_order_acquire);
    if (table_.size() == 0 && !accepting_paused_ && stop_at == 0) return -1;
    std::int64_t until = wheel_.next_tick_at();
    if (stop_at != 0) until = std::min(until, stop_at);
    return static_cast<int>(
        std::clamp<std::int64_t>((until - monotonic_micros()) / 1000 + 1, 0, 60'000));
  }

  void take(const epoll_event& event) {
    if (event.data.u64 == kListener) return accept_new(kAcceptsInARow);
    if (event.data.u64 == kWakeup) return settle();
    const auto slot = static_cast<std::uint32_t>(event.data.u64);
    const auto generation = static_cast<std::uint32_t>(event.data.u64 >> 32);
    // Null: closed by an earlier event of this turn.
    if (Connection* connection = table_.find(slot, generation)) {
      driver_.ready(*connection, event.events);
    }
  }

  void tick() {
    exchange_.outgoing().set_time(unix_seconds());
    wheel_.advance(now_,
                   [this](DeadlineNode& node) { driver_.expired(static_cast<Connection&>(node)); });
    if (accepting_paused_ && loop_.listener_.is_open()) {
      accepting_paused_ = false;
      watch_input(loop_.epoll_, loop_.listener_, kListener);
    }
  }

  void accept_new(int most) {
    try {
      accept_some(most);
    } catch (const std::bad_alloc&) {
      pause_accepting();
    }
  }

  void accept_some(int most) {
    for (int i = 0; i < most && loop_.listener_.is_open(); ++i) {
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      Descriptor socket(::accept4(loop_.listener_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket.is_open()) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return;
        if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
          continue;  // That connection is gone already.
        }
        if (driver_.make_room() == 0) return pause_accepting();
        continue;
      }
      if (open(socket, peer)) {
        loop_.stats_.connections_accepted.add();
      } else {
        loop_.stats_.connections_refused.add();
      }
    }
  }

  // False when there is no room for one more connection.
  bool open(Descriptor& socket, const sockaddr_storage& peer) {
    auto& open = loop_.shared_.connections_open;
    while (open.fetch_add(1, std::memory_order_relaxed) >= loop_.settings_.connections_max) {
      open.fetch_sub(1, std::memory_order_relaxed);
      if (driver_.make_room() == 0) return false;
    }
    try {
      driver_.opened(socket.get(), peer);
    } catch (const std::bad_alloc&) {
      open.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    (void)socket.release();
    return true;
  }

  // Out of descriptors or memory: the next tick tries again, instead of asking without end.
  void pause_accepting() {
    ::epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, loop_.listener_.get(), nullptr);
    accepting_paused_ = true;
    loop_.stats_.accept_pauses.add();
  }

  void settle() {
    loop_.take_settlements(settlements_);
    const std::size_t count = settlements_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (const auto k = i + kFetchAhead; k < count) table_.fetch(settlements_[k].ticket);
      if (const auto k = i + kFetchPendingAhead; k < count) {
        table_.fetch_pending(settlements_[k].ticket);
      }
      if (const auto k = i + kFetchHeadersAhead; k < count) {
        table_.fetch_headers(settlements_[k].ticket);
      }
      const Settlement& settlement = settlements_[i];
      if (Connection* connection = table_.find_waiting(settlement.ticket)) {
        driver_.settled(*connection, settlement.outcome, settlement.parts);
      } else {
        loop_.stats_.promises_lost.add();
      }
    }
  }

  // Whether the loop is done. The first time, takes what clients have sent before they could know.
  bool stops(std::int64_t at_latest) {
    if (loop_.listener_.is_open()) {
      driver_.stop();
      turn_.begin();
      accept_new(static_cast<int>(loop_.settings_.connections_max));
      loop_.listener_.reset();
      table_.for_each([this](Connection& connection) { driver_.drain(connection); });
      exchange_.end_turn();
    }
    if (table_.size() > 0 && now_ >= at_latest) {
      table_.for_each([this](Connection& connection) { driver_.abandon(connection); });
    }
    return table_.size() == 0;
  }

  Loop& loop_;
  std::int64_t now_;
  bool accepting_paused_ = false;
  ConnectionTable table_;
  DeadlineWheel wheel_;
  Turn turn_;
  UnfinishedList unfinished_;
  Exchange exchange_;
  ConnectionDriver driver_;
  std::vector<Settlement> settlements_;
};

Loop::Loop(const ServerSettings& settings, SharedState& shared, Descriptor listener)
    : settings_(settings),
      shared_(shared),
      listener_(std::move(listener)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_(shared.unfinished.add_thread(wakeup_.get())) {
  watch_input(epoll_, wakeup_, kWakeup);
}

Loop::~Loop() = default;

void Loop::run(Handler& handler) {
  std::make_unique<Run>(*this, handler)->serve();
}

void Loop::stop(std::int64_t at_latest) {
  stop_at_.store(std::max<std::int64_t>(at_latest, 1), std::memory_order_release);
  wake();
}

void Loop::post(std::span<const Settlement> settlements) {
  if (settlements.empty()) return;
  bool was_empty;
  {
    const MutexLock lock(mutex_);
    was_empty = settlements_.empty();
    settlements_.insert(settlements_.end(), settlements.begin(), settlements.end());
  }
  if (was_empty) wake();
}

void Loop::wake() {
  const std::uint64_t one = 1;
  // Fails only when the count is full, and then the loop is about to wake anyway.
  [[maybe_unused]] const ssize_t written = ::write(wakeup_.get(), &one, sizeof one);
}

void Loop::take_settlements(std::vector<Settlement>& out) {
  std::uint64_t wakes;
  [[maybe_unused]] const ssize_t got = ::read(wakeup_.get(), &wakes, sizeof wakes);
  out.clear();
  const MutexLock lock(mutex_);
  out.swap(settlements_);
}

}  // namespace rs::http
