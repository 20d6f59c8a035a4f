// What the spool costs and how it fares in an outage, without HTTP around it.
//
//   spool_bench FOLDER [ROWS]     ROWS of 1,000 bytes in the outage; default 1,000,000
//
// Prints one JSON object: see bench/run, which holds the figures against their limits.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/mutex.h"
#include "delivery/dead_letters.h"
#include "delivery/delivery.h"
#include "sink/discard_sink.h"
#include "sink/memory_sink.h"
#include "spool/spool.h"

namespace {

using Clock = std::chrono::steady_clock;
using rs::delivery::Accepted;
using rs::delivery::Delivery;

double micros_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double percentile(std::vector<double>& times, std::size_t percent) {
  std::sort(times.begin(), times.end());
  return times[times.size() * percent / 100];
}

double resident_megabytes() {
  std::ifstream in("/proc/self/statm");
  long all = 0, resident = 0;
  in >> all >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1e6;
}

// A spool with delivery behind it, as the program builds them.
struct Server {
  Server(const std::filesystem::path& folder, rs::sink::Sink& sink)
      : letters(disk, folder / "dead-letters"),
        spool(settings(folder), disk),
        delivery(sink, letters, {}, {}, {&spool, true}) {
    if (!spool.open()) std::abort();
    delivery.start();
  }
  static rs::spool::SpoolSettings settings(const std::filesystem::path& folder) {
    rs::spool::SpoolSettings settings;
    settings.folder = folder / "spool";
    settings.limits.max_bytes = 64ULL << 30;
    return settings;
  }
  rs::spool::RealDisk disk;
  rs::delivery::DeadLetters letters;
  rs::spool::Spool spool;
  Delivery delivery;
};

// Acknowledgement times: a ticket is the time at which its row was given.
class Times final : public rs::Mailbox {
 public:
  void post(std::span<const rs::Settlement> settlements) override {
    const rs::MutexLock lock(mutex_);
    for (const auto& settlement : settlements) {
      took_.push_back(micros_since(Clock::time_point(
          std::chrono::nanoseconds(static_cast<std::int64_t>(settlement.ticket)))));
    }
  }
  // Waits until there are so many.
  std::vector<double> take(std::size_t count) {
    for (;; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
      const rs::MutexLock lock(mutex_);
      if (took_.size() >= count) return std::exchange(took_, {});
    }
  }

 private:
  rs::Mutex mutex_;
  std::vector<double> took_;
};

// Of bare syncs of a preallocated file.
std::vector<double> sync_times(const std::filesystem::path& folder) {
  const auto path = folder / "sync";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::string block(4096, 'x');
  if (posix_fallocate(file, 0, 1 << 20) != 0 || fsync(file) != 0) std::abort();
  std::vector<double> times;
  for (off_t at = 0; at < 1 << 20; at += 4096) {
    const auto start = Clock::now();
    if (pwrite(file, block.data(), block.size(), at) < 0 || fdatasync(file) != 0) std::abort();
    times.push_back(micros_since(start));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  close(file);
  std::filesystem::remove(path);
  return times;
}

// Rows at 5,000 a second, for half a second.
std::vector<double> ack_times(Delivery& delivery, Times& times) {
  constexpr int kRows = 2'500;
  const std::string row(1000, 'x');
  auto next = Clock::now();
  for (int i = 0; i < kRows; ++i, next += std::chrono::microseconds(200)) {
    std::this_thread::sleep_until(next);
    const auto now = Clock::now().time_since_epoch();
    const rs::Promise promise{&times, static_cast<std::uint64_t>(now.count())};
    if (delivery.accept(rs::row::one_row(row), promise) != Accepted::kHeld) std::abort();
  }
  return times.take(kRows);
}

// Rounds alternate, and medians are taken over them: a disk that others use stalls now and then,
// which meets hundreds of rows or one sync.
void compare_acks_with_syncs(const std::filesystem::path& folder) {
  constexpr int kRounds = 21;
  rs::sink::DiscardSink sink;
  Server server(folder, sink);
  Times times;
  std::vector<double> acks, syncs, ratios;
  for (int i = 0; i < kRounds; ++i) {
    auto sync = sync_times(folder), ack = ack_times(server.delivery, times);
    syncs.push_back(percentile(sync, 99));
    acks.push_back(percentile(ack, 99));
    ratios.push_back(acks.back() / syncs.back());
  }
  server.delivery.stop(Clock::time_point::max());
  std::printf("{\"ack_p99_us\":%.0f,\"sync_p99_us\":%.0f,\"ack_ratio\":%.3f,", percentile(acks, 50),
              percentile(syncs, 50), percentile(ratios, 50));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: spool_bench FOLDER [ROWS]\n"), 2;
  const std::filesystem::path folder = argv[1];
  const long rows = argc > 2 ? std::atol(argv[2]) : 1'000'000;
  const std::string row(1000, 'x');
  compare_acks_with_syncs(folder);
  {
    rs::sink::MemorySink sink;
    sink.pause();
    Server server(folder, sink);
    double before = 0;
    for (long i = 0; i < rows; ++i) {
      while (server.delivery.accept(rs::row::one_row(row), {}) != Accepted::kHeld) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      if (i == rows / 20) before = resident_megabytes();
    }
    server.spool.stop();
    const double grown = resident_megabytes() - before;
    const auto bytes = static_cast<double>(server.spool.stats().segments.bytes);
    std::printf("\"outage_rows\":%ld,\"outage_grown_mb\":%.1f,\"spool_overhead\":%.4f,", rows,
                grown, bytes / static_cast<double>(rows) / static_cast<double>(row.size()) - 1);
    server.delivery.stop(Clock::now());
  }
  {
    rs::sink::DiscardSink sink;
    const auto start = Clock::now();
    Server server(folder, sink);
    while (server.delivery.stats().spool->segments.recovering) std::this_thread::yield();
    const double recovery = micros_since(start) / 1e6;
    const auto draining = Clock::now();
    while (server.delivery.stats().accounting.held > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const auto delivered = server.delivery.stats().accounting.delivered;
    std::printf("\"recovery_s\":%.2f,\"delivered\":%llu,\"drain_rows_per_second\":%.0f}\n",
                recovery, static_cast<unsigned long long>(delivered),
                static_cast<double>(delivered) / micros_since(draining) * 1e6);
  }
  return 0;
}
