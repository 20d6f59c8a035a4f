#include "bigquery/writing.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "spool/record.h"

namespace rs::bigquery {
namespace {

// Of the service's words about a row, what is kept.
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

std::size_t cost(const Piece& piece) {
  std::size_t bytes = 0;
  for (const auto row : piece.rows) bytes += cost((*piece.writing->batch)[row]);
  return bytes;
}

void reject(Writing& writing, std::uint32_t row, std::string_view message, std::string_view where) {
  writing.settled[row] = true;
  writing.rejected.push_back(
      {row, fmt::format("{} ({})", utf8_prefix(message, kReasonBytesMax), where)});
}

}  // namespace

WritingPtr begin_writing(const row::Batch& batch, sink::WriteDone done) {
  auto writing = std::make_shared<Writing>();
  writing->batch = &batch;
  writing->done = std::move(done);
  writing->settled.resize(batch.size());
  return writing;
}

spool::Position place_of(const Writing& writing, std::size_t row) {
  auto at = writing.begin;
  for (std::size_t i = 0; i < row; ++i) {
    at.offset += spool::kRecordHeaderBytes + (*writing.batch)[i].size();
  }
  return at;
}

void keep_rows(Piece& piece, std::vector<std::uint32_t> rows) {
  piece.rows = std::move(rows);
  piece.bytes = cost(piece);
}

bool is_same(const Writing& writing, const row::Batch& batch) {
  return writing.batch == &batch && writing.settled.size() == batch.size() &&
         writing.fingerprint == fingerprint_of(batch);
}

std::vector<Piece> cut(const WritingPtr& writing, std::size_t request_bytes_max) {
  std::vector<Piece> pieces;
  const row::Batch& batch = *writing->batch;
  writing->stored_before = writing->stored;
  for (std::uint32_t row = 0; row < batch.size(); ++row) {
    if (writing->settled[row]) continue;
    const std::size_t bytes = cost(batch[row]);
    if (bytes > request_bytes_max) {
      reject(*writing, row, fmt::format("the row has {} bytes", batch[row].size()),
             fmt::format("a request may have {}", request_bytes_max));
      continue;
    }
    if (pieces.empty() || pieces.back().bytes + bytes > request_bytes_max) {
      pieces.push_back({});
      pieces.back().writing = writing;
      if (pieces.size() == 1) pieces.back().rows.reserve(batch.size());
    }
    pieces.back().rows.push_back(row);
    pieces.back().bytes += bytes;
  }
  writing->pieces += pieces.size();
  return pieces;
}

Piece split_at(Piece& piece, std::size_t first) {
  Piece second;
  second.writing = piece.writing;
  const auto at = piece.rows.begin() + static_cast<std::ptrdiff_t>(first);
  second.rows.assign(at, piece.rows.end());
  piece.rows.erase(at, piece.rows.end());
  piece.bytes = cost(piece);
  second.bytes = cost(second);
  ++piece.writing->pieces;
  return second;
}

void store(Piece& piece) {
  for (const auto row : piece.rows) piece.writing->settled[row] = true;
  piece.writing->stored += piece.rows.size();
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
  std::vector<std::uint32_t> others;
  others.reserve(piece.rows.size());
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (!named[i]) others.push_back(piece.rows[i]);
  }
  keep_rows(piece, std::move(others));
  return any;
}

void suspect(Piece& piece, const AppendAnswer& answer, const std::string& where) {
  piece.writing->suspects.push_back({piece.rows.front(), answer.message, where});
}

sink::WriteResult finish(Writing& writing, bool blame_rows) {
  if (!writing.suspects.empty()) {
    // Rows stored in this same write say little: what was wrong may have passed in its midst.
    const bool nothing_new = writing.stored == writing.stored_before;
    if (nothing_new && (writing.stored > 0 || blame_rows)) {
      for (auto& each : writing.suspects) reject(writing, each.row, each.message, each.where);
    } else if (!writing.failed) {
      ++writing.refusals;
      const auto& first = writing.suspects.front();
      writing.failed =
          Error{ErrorCode::kUnavailable,
                fmt::format("BigQuery refuses rows without naming them: {}", first.message)};
    }
    writing.suspects.clear();
  }
  if (writing.failed) {
    writing.fingerprint = fingerprint_of(*writing.batch);
    return tl::unexpected(std::exchange(writing.failed, std::nullopt).value());
  }
  auto& rejected = writing.rejected;
  std::sort(rejected.begin(), rejected.end(),
            [](const sink::Rejected& a, const sink::Rejected& b) { return a.index < b.index; });
  return std::move(rejected);
}

}  // namespace rs::bigquery
