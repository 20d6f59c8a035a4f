#include "bigquery/writing.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace rs::bigquery {
namespace {

// How much of the service's message about a row is kept, in bytes.
constexpr std::size_t kReasonBytesMax = 2'000;

// Of one row in a request: its bytes, a tag and a length.
std::size_t cost(std::string_view row) {
  return row.size() + 6;
}

std::size_t fingerprint_of(const row::Batch& batch) {
  std::size_t print = batch.size();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    print = print * 1'099'511'628'211U + std::hash<std::string_view>{}(batch[i]);
  }
  return print;
}

void reject(Writing& writing, std::uint32_t row, std::string_view message, std::string_view where) {
  writing.placed[row] = true;
  writing.rejected.push_back(
      {row, fmt::format("{} ({})", utf8_prefix(message, kReasonBytesMax), where)});
}

void mark_end(Piece& piece) {
  const Writing& writing = *piece.writing;
  if (!writing.marks.any() || piece.rows.empty()) return;
  piece.end = writing.marks.at(*writing.batch, piece.rows.back() + std::size_t{1});
}

// After its rows have changed.
void measure(Piece& piece) {
  piece.bytes = 0;
  for (const auto row : piece.rows) piece.bytes += cost((*piece.writing->batch)[row]);
  mark_end(piece);
}

}  // namespace

WritingPtr begin_writing(const row::Batch& batch, const sink::BatchMarks& marks) {
  auto writing = std::make_shared<Writing>();
  writing->batch = &batch;
  writing->marks = marks;
  writing->placed.resize(batch.size());
  return writing;
}

bool is_same(const Writing& writing, const row::Batch& batch) {
  return writing.batch == &batch && writing.placed.size() == batch.size() &&
         writing.fingerprint == fingerprint_of(batch);
}

std::vector<PiecePtr> cut(const WritingPtr& writing, std::size_t request_bytes_max) {
  std::vector<PiecePtr> pieces;
  const row::Batch& batch = *writing->batch;
  for (std::uint32_t row = 0; row < batch.size(); ++row) {
    if (writing->placed[row]) continue;
    const std::size_t bytes = cost(batch[row]);
    if (bytes > request_bytes_max) {
      reject(*writing, row, fmt::format("the row has {} bytes", batch[row].size()),
             fmt::format("a request may have {}", request_bytes_max));
      continue;
    }
    if (pieces.empty() || pieces.back()->bytes + bytes > request_bytes_max) {
      pieces.push_back(std::make_shared<Piece>());
      pieces.back()->writing = writing;
      if (pieces.size() == 1) pieces.back()->rows.reserve(batch.size());
    }
    pieces.back()->rows.push_back(row);
    pieces.back()->bytes += bytes;
    writing->placed[row] = true;
  }
  for (const auto& piece : pieces) mark_end(*piece);
  writing->pieces += pieces.size();
  return pieces;
}

void keep_rows(Piece& piece, std::vector<std::uint32_t> rows) {
  piece.rows = std::move(rows);
  measure(piece);
}

PiecePtr split_half(Piece& piece) {
  auto second = std::make_shared<Piece>();
  second->writing = piece.writing;
  const auto at = piece.rows.begin() + static_cast<std::ptrdiff_t>(piece.rows.size() / 2);
  second->rows.assign(at, piece.rows.end());
  piece.rows.erase(at, piece.rows.end());
  measure(piece);
  measure(*second);
  ++piece.writing->pieces;
  return second;
}

void store(const Piece& piece) {
  piece.writing->stored += piece.rows.size();
}

void reopen(const Piece& piece) {
  for (const auto row : piece.rows) piece.writing->placed[row] = false;
}

bool reject_named(Piece& piece, const AppendAnswer& answer, const std::string& where) {
  std::vector<bool> named(piece.rows.size());
  bool any = false;
  for (const auto& error : answer.row_errors) {
    const auto at = static_cast<std::size_t>(error.row);
    if (error.row < 0 || at >= named.size() || named[at]) continue;
    named[at] = any = true;
    reject(*piece.writing, piece.rows[at], error.message, where);
  }
  if (!any) return false;
  std::vector<std::uint32_t> others;
  others.reserve(piece.rows.size());
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (!named[i]) others.push_back(piece.rows[i]);
  }
  keep_rows(piece, std::move(others));
  return true;
}

void suspect(const Piece& piece, const AppendAnswer& answer, const std::string& where) {
  piece.writing->suspects.push_back({piece.rows.front(), answer.message, where});
}

sink::WriteResult finish(Writing& writing, bool blame_rows) {
  const auto suspects = std::exchange(writing.suspects, {});
  // Rows stored in this same write say little: what was wrong may have passed while it went on.
  const bool nothing_new = writing.stored == writing.stored_before;
  if (!suspects.empty() && writing.pieces == 0 && nothing_new &&
      (writing.stored > 0 || blame_rows)) {
    for (const auto& each : suspects) reject(writing, each.row, each.message, each.where);
  } else if (!suspects.empty()) {
    for (const auto& each : suspects) writing.placed[each.row] = false;
    if (!writing.failed) {
      ++writing.refusals;
      writing.failed = Error{
          ErrorCode::kUnavailable,
          fmt::format("BigQuery refuses rows without naming them: {}", suspects.front().message)};
    }
  }
  if (writing.failed) {
    writing.fingerprint = fingerprint_of(*writing.batch);
    return tl::unexpected(std::exchange(writing.failed, std::nullopt).value());
  }
  auto& rejected = writing.rejected;
  std::sort(rejected.begin(), rejected.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return std::move(rejected);
}

}  // namespace rs::bigquery
