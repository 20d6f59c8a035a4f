#pragma once
// For tests of the spool: a folder of its own, a spool over a FaultyDisk, and what became of rows.

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/eventually.h"
#include "spool/faulty_disk.h"
#include "spool/spool.h"

namespace rs::spool {

// A request of one row.
inline std::array<std::string_view, 1> one(std::string_view row) {
  return {row};
}

class SpoolTest : public testing::Test, public Mailbox {
 protected:
  SpoolTest() {
    std::string name = testing::TempDir() + "spool_XXXXXX";
    folder_ = mkdtemp(name.data());
    settings_.folder = folder_ / "spool";
    settings_.try_again = std::chrono::milliseconds(1);
  }
  ~SpoolTest() override {
    spool_.reset();
    std::filesystem::remove_all(folder_);
  }

  void post(std::span<const Settlement> settlements) override {
    const MutexLock lock(mutex_);
    for (const auto& settlement : settlements) outcomes_[settlement.ticket] = settlement.outcome;
    changed_.notify_all();
  }

  Result<void> open() {
    spool_.reset();
    spool_ = std::make_unique<Spool>(settings_, disk_);
    return spool_->open();
  }
  void start() {
    ASSERT_TRUE(open());
    spool_->start({.kept =
                       [this](std::uint64_t rows) {
                         const MutexLock lock(mutex_);
                         kept_ += rows;
                       },
                   .refused =
                       [this](std::size_t rows, Appended) {
                         const MutexLock lock(mutex_);
                         refused_ += rows;
                       },
                   .hand_over =
                       [this](const spool::Run& run) {
                         const MutexLock lock(mutex_);
                         end_ = run.end;
                         handed_over_ += run.rows;
                         changed_.notify_all();
                       }});
  }

  // The process ends at once: nothing is cut, and nothing is synced any more.
  void kill() {
    for (const char* call : {"write", "sync", "truncate", "remove"}) disk_.fail(call, EIO);
    spool_->stop();
    for (const char* call : {"write", "sync", "truncate", "remove"}) disk_.fail(call, 0);
  }

  // What append() says or, when it takes the row, what becomes of it.
  std::optional<Outcome> keep(std::string_view row) {
    std::uint64_t ticket;
    {
      const MutexLock lock(mutex_);
      ticket = ++tickets_;
    }
    if (spool_->append(one(row), {this, ticket}) != Appended::kWaiting) return std::nullopt;
    return outcome_of(ticket);
  }
  Outcome outcome_of(std::uint64_t ticket) {
    const MutexLock lock(mutex_);
    while (!outcomes_.contains(ticket)) {
      if (changed_.wait_for(mutex_, std::chrono::seconds(20)) != std::cv_status::timeout) continue;
      ADD_FAILURE() << "nothing becomes of row " << ticket;
      return Outcome::kRefused;
    }
    return outcomes_[ticket];
  }
  // Tries until the spool takes it, which it does without a restart.
  void keep_at_last(std::string_view row) {
    ASSERT_TRUE(eventually([&] { return keep(row) == Outcome::kKept; }));
  }

  // All rows of a new spool over the folder, oldest first, as the next process finds them.
  std::vector<std::string> left() {
    EXPECT_TRUE(open());
    return left_of_open();
  }
  std::vector<std::string> left_of_open() {
    lost_ = 0;
    Position end;
    for (;;) {
      const auto found = spool_->segments().recover();
      EXPECT_TRUE(found) << found.error().message;
      if (!found || !*found) break;
      lost_ += (*found)->lost;
      end = std::max(end, (*found)->end);
    }
    end_of_left_ = end;
    return rows_until(end);
  }
  // What a delivery reads that begins now.
  std::vector<std::string> rows_until(Position end) {
    auto& segments = spool_->segments();
    std::vector<std::string> rows;
    for (Position at = segments.first(); at < end;) {
      const auto run = segments.read(at, end);
      EXPECT_TRUE(run);
      if (!run) break;
      for (auto bytes = run->bytes; !bytes.empty();) rows.emplace_back(take_record(bytes).row);
      at = run->end;
    }
    return rows;
  }

  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(settings_.folder)) {
      if (entry.path().extension() == ".segment") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }
  static std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void overwrite(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  // Of all that was kept.
  Position end() {
    const MutexLock lock(mutex_);
    while (handed_over_ < kept_) changed_.wait(mutex_);
    return end_;
  }

  std::filesystem::path folder_;
  SpoolSettings settings_;
  FaultyDisk disk_;
  std::unique_ptr<Spool> spool_;
  Mutex mutex_;
  CondVar changed_;
  std::map<std::uint64_t, Outcome> outcomes_;
  std::uint64_t tickets_ = 0;
  Position end_;
  std::size_t kept_ = 0, refused_ = 0, handed_over_ = 0;
  std::uint64_t lost_ = 0;  // That left() was told of,
  Position end_of_left_;    // and where what it found ends.
};

}  // namespace rs::spool
