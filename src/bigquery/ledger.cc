#include "bigquery/ledger.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <fcntl.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rs::bigquery {
namespace {

// Two slots, written in turn: a torn write of one leaves the other.
constexpr std::uint64_t kSlotBytes = 1 << 20;
// More gaps would be as many refused rows whose batches are not done with.
constexpr std::size_t kGapsMax = 20'000, kRequestsMax = 1'000;

struct SlotHeader {
  char magic[8] = {'R', 'S', 'L', 'E', 'D', 'G', '2', '\n'};
  std::uint64_t sequence = 0, bytes = 0;
  std::uint64_t checksum = 0;  // Of sequence, bytes and what follows.
};

std::uint64_t checksum_of(const SlotHeader& header, std::string_view payload) {
  return XXH3_64bits_withSeed(payload.data(), payload.size(),
                              header.sequence ^ (header.bytes << 40));
}

template <class T>
void put(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

}  // namespace

Result<void> StreamLedger::open() {
  const int descriptor = disk_.open(path_, O_RDWR | O_CREAT);
  if (descriptor < 0) return spool::disk_failed("open", path_, descriptor);
  file_ = spool::File(disk_, descriptor);
  std::string newest;
  for (std::uint64_t slot = 0; slot < 2; ++slot) {
    SlotHeader header;
    const auto got =
        disk_.read(descriptor, reinterpret_cast<char*>(&header), sizeof header, slot * kSlotBytes);
    if (got < 0) return spool::disk_failed("read", path_, got);
    if (got != sizeof header || std::memcmp(header.magic, SlotHeader{}.magic, 8) != 0) continue;
    if (header.bytes > kSlotBytes - sizeof header || header.sequence <= sequence_) continue;
    std::string payload(header.bytes, '\0');
    const auto read =
        disk_.read(descriptor, payload.data(), payload.size(), slot * kSlotBytes + sizeof header);
    if (read < 0) return spool::disk_failed("read", path_, read);
    if (static_cast<std::uint64_t>(read) != header.bytes) continue;
    if (header.checksum != checksum_of(header, payload)) continue;
    sequence_ = header.sequence;
    newest = std::move(payload);
  }
  if (decode(newest)) take_left();
  if (!durable_) return {};
  const int synced = disk_.sync_folder(path_.parent_path());
  if (synced < 0) return spool::disk_failed("sync the folder of", path_, synced);
  return {};
}

// Without the last row it speaks of, its marks mean nothing: files were removed, or all rows were
// delivered.
void StreamLedger::take_left() {
  left_stream_ = stream_;
  auto last = until_;
  for (const auto& request : requests_) last = std::max(last, request.end);
  if (!exists_(last)) forget();
}

void StreamLedger::forget() {
  left_stream_.clear();
  stream_.clear();
  until_ = covered_until_ = {};
  unsure_from_ = unsure_to_ = {};
  gaps_.clear();
  left_gaps_.clear();
  requests_.clear();
}

bool StreamLedger::settle(std::int64_t rows) {
  auto known = acked_;
  for (const auto& request : requests_) {
    if (request.offset + request.rows > rows) continue;
    known = std::max(known, request.offset + request.rows);
    until_ = std::max(until_, request.end);
  }
  end_stream(rows);
  settle_unknown();
  return known == rows;
}

void StreamLedger::settle_unknown() {
  end_stream(0);
  left_stream_.clear();
  covered_until_ = unsure_from_ == sink::Mark{} ? until_ : std::min(until_, unsure_from_);
  left_gaps_ = gaps_;
}

// It has `rows` rows, as far as is known, and gets no more.
void StreamLedger::end_stream(std::int64_t rows) {
  std::erase_if(gaps_, [&](const auto& gap) { return gap.second > 0 && gap.second <= rows; });
  for (auto& [row, sent_to] : gaps_) sent_to = 0;
  requests_.clear();
}

bool StreamLedger::covers(sink::Mark row) const {
  return row < covered_until_ && !left_gaps_.contains(row);
}

void StreamLedger::begin(const std::string& stream) {
  end_stream(acked_);
  stream_ = stream;
  acked_ = 0;
}

void StreamLedger::note(const Request& request, std::span<const sink::Mark> gaps) {
  for (const auto& row : gaps) gaps_[row] = request.offset + request.rows;
  if (std::find(requests_.begin(), requests_.end(), request) == requests_.end()) {
    requests_.push_back(request);
  }
  if (requests_.size() > kRequestsMax) requests_.pop_front();
}

void StreamLedger::stored(std::int64_t offset, sink::Mark end) {
  acked_ = std::max(acked_, offset);
  until_ = std::max(until_, end);
  std::erase_if(requests_, [&](const Request& r) { return r.offset + r.rows <= offset; });
  std::erase_if(gaps_, [&](const auto& gap) { return gap.second > 0 && gap.second <= offset; });
}

void StreamLedger::not_stored(std::int64_t offset) {
  std::erase_if(requests_, [&](const Request& r) { return r.offset + r.rows > offset; });
  for (auto& [row, sent_to] : gaps_) sent_to = sent_to > offset ? 0 : sent_to;
}

void StreamLedger::skip(sink::Mark row) {
  gaps_.try_emplace(row, 0);
  if (gaps_.size() <= kGapsMax) return;
  // From here on rows are sent again by the next process: stored twice rather than lost.
  const auto last = std::prev(gaps_.end());
  if (unsure_from_ == sink::Mark{}) unsure_from_ = last->first;
  unsure_from_ = std::min(unsure_from_, last->first);
  unsure_to_ = std::max(unsure_to_, last->first);
  gaps_.erase(last);
}

void StreamLedger::delivered(sink::Mark mark) {
  gaps_.erase(gaps_.begin(), gaps_.lower_bound(mark));
  if (unsure_to_ < mark) unsure_from_ = unsure_to_ = {};
}

std::string StreamLedger::image() const {
  std::string out;
  put(out, static_cast<std::uint32_t>(stream_.size()));
  out += stream_;
  put(out, until_);
  put(out, acked_);
  put(out, static_cast<std::uint32_t>(requests_.size()));
  for (const auto& request : requests_) put(out, request);
  put(out, unsure_from_);
  put(out, unsure_to_);
  for (const auto& [row, sent_to] : gaps_) {
    put(out, row);
    put(out, sent_to);
  }
  return out;
}

bool StreamLedger::decode(std::string_view bytes) {
  std::uint32_t size = 0;
  if (!take(bytes, size) || size > bytes.size()) return false;
  stream_ = bytes.substr(0, size);
  bytes.remove_prefix(size);
  if (!take(bytes, until_) || !take(bytes, acked_) || !take(bytes, size)) return false;
  for (; size > 0; --size) {
    if (!take(bytes, requests_.emplace_back())) return false;
  }
  if (!take(bytes, unsure_from_) || !take(bytes, unsure_to_)) return false;
  sink::Mark row;
  for (std::int64_t sent_to; take(bytes, row) && take(bytes, sent_to);) gaps_[row] = sent_to;
  return true;
}

Result<void> StreamLedger::write(const std::string& image) {
  SlotHeader header;
  header.sequence = sequence_ + 1;
  header.bytes = image.size();
  header.checksum = checksum_of(header, image);
  std::string slot(reinterpret_cast<const char*>(&header), sizeof header);
  slot += image;
  const int written = disk_.write(file_.get(), slot, header.sequence % 2 * kSlotBytes);
  if (written < 0) return spool::disk_failed("write", path_, written);
  if (durable_) {
    const int synced = disk_.sync(file_.get());
    if (synced < 0) return spool::disk_failed("sync", path_, synced);
  }
  // Not before: after a failure the same slot is written again, and the other one stays as it is.
  sequence_ = header.sequence;
  return {};
}

}  // namespace rs::bigquery
