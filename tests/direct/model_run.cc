#include "direct/model_run.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "bigquery/write_streams.h"
#include "obs/log.h"

namespace rs::direct {
namespace {

constexpr std::size_t kRows = 150, kRowsOfAPart = 40;
// What lies between two rows where they are kept; any number.
constexpr std::uint64_t kApart = 24;

// Each with the chance, in percent, that a process meets it.
struct Kind {
  const char* fault;
  unsigned percent;
};
constexpr Kind kKinds[] = {
    {R"("fault":"unavailable")", 40},
    {R"("fault":"unavailable","apply":true)", 60},
    {R"("fault":"reset","apply":true)", 60},
    {R"("fault":"restarted")", 30},
    {R"("fault":"ends_ok","apply":true)", 30},
    {R"("fault":"idle","apply":true)", 20},
    {R"("fault":"hang")", 15},
    {R"("fault":"hang","apply":true)", 30},
    {R"("fault":"late","delay_ms":5)", 30},
    {R"("fault":"late","delay_ms":90)", 10},
    {R"("fault":"internal")", 30},
    {R"("fault":"busy","apply":true)", 30},
    {R"("fault":"empty","apply":true)", 20},
    {R"("fault":"aborted")", 20},
    {R"("fault":"quota")", 20},
    {R"("fault":"finalized")", 40},
    {R"("fault":"stream_lost")", 30},
    {R"("fault":"invalid")", 50},
    {R"("fault":"row_errors","rows":[0])", 30},
    {R"("action":"end","code":3,"message":"bad request")", 30},
    {R"("action":"end","code":3,"message":"bad request","apply":true)", 30},
    {R"("fault":"denied")", 10},
    {R"("action":"end","place":"finalize","code":14,"message":"away")", 40},
    {R"("action":"end","place":"finalize","code":4,"message":"too late","apply":true)", 40},
    {R"("action":"end","place":"finalize","code":7,"message":"not yet")", 30},
    {R"("action":"end","place":"create","code":14,"message":"away")", 30},
};

}  // namespace

void KillingDisk::kill_at(std::size_t writes, bool before, std::function<void()> kill) {
  MutexLock lock(mutex_);
  left_ = writes;
  before_ = before;
  kill_ = std::move(kill);
}

int KillingDisk::write(int file, std::string_view bytes, std::uint64_t offset) {
  std::function<void()> kill;
  bool before;
  {
    MutexLock lock(mutex_);
    if (left_ && (*left_)-- == 0) {
      left_.reset();
      kill.swap(kill_);
    }
    before = before_;
  }
  if (kill && before) kill();
  if (frozen_) return -EIO;  // A process that is killed does not notice; this one must end.
  const int written = RealDisk::write(file, bytes, offset);
  if (kill && !before) kill();
  return written;
}

ModelRun::ModelRun(std::uint64_t seed) : random_(seed) {
  std::string folder = testing::TempDir() + "model_run_XXXXXX";
  folder_ = ::mkdtemp(folder.data());
  fakes::FakeBigQueryOptions options;
  options.keep = fakes::KeptRows::kIds;
  options.bad_row_marker = "BADROW";
  options.seed = seed;
  options.row_errors_max = below(3);
  options.ack_delay = milliseconds(below(3));
  fake_ = fakes::FakeBigQuery::start(options).value();
  fake_->create_dataset(table_.project, table_.dataset);
  settings_.project = table_.project;
  settings_.dataset = table_.dataset;
  settings_.table = table_.table;
  settings_.delivery = bigquery::BigQueryDelivery::kExactlyOnce;
  settings_.rest_emulator = fake_->rest_address();
  settings_.storage_emulator = fake_->grpc_address();
  settings_.answer_timeout = milliseconds(40);
  settings_.stream_each = milliseconds(5);
  settings_.window_requests = std::size_t{1} << below(6);
  if (chance(50)) settings_.request_bytes_max = 150 + below(400);
  window_ = 1 + below(12);
  sink::Mark mark;
  for (std::size_t i = 0; i < kRows; ++i) {
    if (i % kRowsOfAPart == 0) mark = {mark.part + 1, 64};
    Row row;
    row.mark = mark;
    row.bad = chance(4);
    row.bytes = encoded_row(i, row.bad, std::string(below(40), 'x'));
    mark.place += row.bytes.size() + kApart;
    rows_.push_back(std::move(row));
  }
  marked_ = rows_.size();
}

ModelRun::~ModelRun() {
  sink_.reset();
  std::filesystem::remove_all(folder_);
}

void ModelRun::run() {
  const std::size_t processes = 1 + below(4);
  for (std::size_t i = 0; i < processes && !testing::Test::HasFailure(); ++i) {
    add_faults();
    open_sink();
    if (chance(50)) disk_.kill_at(below(20), chance(50), [this] { kill(); });
    const auto finished = below(25);
    bool finalize = chance(30);
    drive([&] {
      if (finalize && finished_ >= finished / 2) {
        finalize = false;
        finalize_stream();
      }
      return finished_ >= finished;
    });
    const bool held = chance(30);  // What is stored from here on has no answer.
    if (held) {
      fake_->hold_answers(true);
      const auto requests = fake_->stats().requests + below(6);
      const auto until = Clock::now() + milliseconds(30);
      drive([&] { return fake_->stats().requests >= requests || Clock::now() > until; });
    }
    end_process(chance(70));
    if (held) fake_->hold_answers(false);
  }
  fake_->clear_faults();
  open_sink();
  drive([] { return false; });
  end_process(false);
  check();
}

void ModelRun::add_faults() {
  fake_->clear_faults();
  for (const auto& kind : kKinds) {
    if (!chance(kind.percent)) continue;
    const auto fault =
        fakes::Fault::parse(fmt::format(R"({{{},"probability":{},"times":{}}})", kind.fault,
                                        chance(50) ? 0.05 : 0.3, 1 + below(2)));
    ASSERT_TRUE(fault) << kind.fault << ": " << fault.error().message;
    fake_->add_fault(*fault);
  }
}

void ModelRun::open_sink() {
  batches_.clear();
  open_.clear();
  again_.clear();
  next_ = kept_from_;
  in_flight_ = finished_ = 0;
  failing_ = false;
  auto ledger = std::make_unique<bigquery::StreamLedger>(
      folder_ / "ledger", false, disk_, [](sink::Mark mark) { return mark.part > 0; });
  sink_ = std::make_unique<bigquery::BigQuerySink>(
      settings_,
      [](const std::stop_token&) { return Result<std::shared_ptr<google::TokenSource>>(nullptr); },
      std::move(ledger));
  const auto opened = sink_->open();
  ASSERT_TRUE(opened) << opened.error().message;
}

bool ModelRun::is_dead() {
  MutexLock lock(mutex_);
  return dead_;
}

bool ModelRun::is_done() const {
  return next_ == marked_ && open_.empty() && again_.empty() && in_flight_ == 0;
}

void ModelRun::drive(const std::function<bool()>& over) {
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (!is_dead() && !is_done() && !over()) {
    if (step()) continue;
    if (Clock::now() > until) {
      FAIL() << "rows from " << kept_from_ << " on are not finished after 20 s; " << again_.size()
             << " batches given back, " << in_flight_ << " with the sink";
    }
    MutexLock lock(mutex_);
    if (completions_.empty()) changed_.wait_for(mutex_, milliseconds(2));
  }
}

// False when there is nothing to do now.
bool ModelRun::step() {
  std::deque<Completion> completions;
  {
    MutexLock lock(mutex_);
    if (dead_) return true;
    completions.swap(completions_);
  }
  for (const auto& each : completions) complete(*each.held, each.result);
  if (!completions.empty()) return true;
  if (in_flight_ >= window_) return false;
  if (!again_.empty()) {
    if (failing_ && in_flight_ > 0) return false;
    Held& held = *again_.front();
    again_.pop_front();
    write(held);
    return true;
  }
  if (next_ == marked_) return false;
  begin_batch();
  return true;
}

void ModelRun::begin_batch() {
  batches_.push_back(std::make_unique<Held>());
  Held& held = *batches_.back();
  held.sequence = batches_.size();
  std::size_t count = 1 + below(12);
  if (chance(10)) {
    // Rows that are kept nowhere.
    held.first = rows_.size();
    for (std::size_t i = 0; i < count; ++i) {
      Row row;
      row.bad = chance(4);
      row.bytes = encoded_row(rows_.size(), row.bad, {});
      held.rows.append(row.bytes);
      rows_.push_back(std::move(row));
    }
    return write(held);
  }
  held.first = next_;
  for (; count > 0 && next_ < marked_ && rows_[next_].mark.part == rows_[held.first].mark.part;
       --count) {
    held.rows.append(rows_[next_++].bytes);
  }
  open_.push_back(&held);
  write(held);
}

void ModelRun::write(Held& held) {
  ++in_flight_;
  auto done = [this, &held](sink::WriteResult result) {
    MutexLock lock(mutex_);
    if (dead_) return;
    completions_.push_back({&held, std::move(result)});
    changed_.notify_all();
  };
  if (has_mark(held)) {
    sink_->write_marked(held.rows, {rows_[held.first].mark, kApart}, std::move(done));
  } else {
    sink_->write(held.rows, std::move(done));
  }
}

void ModelRun::complete(Held& held, const sink::WriteResult& result) {
  --in_flight_;
  if (!result) {
    ASSERT_TRUE(result.error().retryable()) << result.error().message;
    failing_ = true;
    const auto behind = std::find_if(again_.begin(), again_.end(), [&](const Held* each) {
      return each->sequence > held.sequence;
    });
    again_.insert(behind, &held);
    return;
  }
  failing_ = false;
  ++finished_;
  held.finished = true;
  std::vector<bool> rejected(held.rows.size());
  for (const auto& each : *result) {
    ASSERT_LT(each.index, rejected.size());
    ASSERT_FALSE(rejected[each.index]) << "rejected twice";
    rejected[each.index] = true;
  }
  for (std::size_t i = 0; i < rejected.size(); ++i) {
    (rejected[i] ? rows_[held.first + i].rejected : rows_[held.first + i].acknowledged) = true;
  }
  while (!open_.empty() && open_.front()->finished) open_.pop_front();
  kept_from_ = open_.empty() ? next_ : open_.front()->first;
}

void ModelRun::finalize_stream() {
  const auto streams = fake_->streams();
  if (streams.empty()) return;
  bigquery::WriteStreams calls(
      grpc::CreateChannel(fake_->grpc_address(), grpc::InsecureChannelCredentials()),
      milliseconds(0));
  static_cast<void>(calls.finalize(streams.back(), milliseconds(1'000)));
}

// Nothing of this process has an effect any more; called on any of its threads.
void ModelRun::kill() {
  {
    MutexLock lock(mutex_);
    if (dead_) return;
    dead_ = true;
    completions_.clear();
  }
  disk_.freeze();
  fake_->stop_grpc();
}

void ModelRun::end_process(bool killed) {
  RS_LOG(kDebug, "process ends, killed {}, kept from {}", killed || is_dead(), kept_from_);
  if (killed) kill();
  disk_.kill_at(0, false, nullptr);
  sink_->close();
  if (is_dead()) {
    sink_.reset();
    ASSERT_TRUE(fake_->start_grpc());
    disk_.thaw();
  } else {
    std::deque<Completion> completions;
    {
      MutexLock lock(mutex_);
      completions.swap(completions_);
    }
    for (const auto& each : completions) complete(*each.held, each.result);
    EXPECT_EQ(in_flight_, 0U) << "close() returned before done() was called";
    sink_.reset();
  }
  MutexLock lock(mutex_);
  dead_ = false;
}

void ModelRun::check() {
  EXPECT_EQ(kept_from_, marked_);
  std::map<std::string, std::size_t> times;
  for (const auto& id : fake_->ids(table_)) ++times[id];
  for (std::size_t i = 0; i < rows_.size() && !testing::Test::HasFailure(); ++i) {
    const auto& row = rows_[i];
    const auto stored = times[id_of(i)];
    if (row.bad) {
      EXPECT_EQ(stored, 0U) << "bad row " << i;
      EXPECT_FALSE(row.acknowledged) << "bad row " << i;
    } else if (row.acknowledged) {
      EXPECT_EQ(stored, 1U) << "acknowledged row " << i;
    } else {
      EXPECT_LE(stored, 1U) << "row " << i;
    }
    if (i < marked_) {
      EXPECT_TRUE(row.acknowledged || row.rejected) << "row " << i;
    }
  }
}

}  // namespace rs::direct
