// The write side of the catalog: streams, offsets, what can be seen when (bigquery.md 1.1 to 1.4).
#include <fmt/format.h>

#include "fakes/bigquery/catalog.h"
#include "fakes/bigquery/table_store.h"

namespace rs::fakes {
namespace {

// "the table is missing" and "you may not" read the same to a writer (bigquery.md 1.4).
WriteError denied(const TableName& name) {
  WriteError error;
  error.code = kCodePermissionDenied;
  error.message =
      fmt::format("Permission 'TABLES_UPDATE_DATA' denied on resource '{}' (or it may not exist).",
                  table_path(name));
  error.entity = table_path(name);
  error.ends_rpc = true;
  return error;
}

WriteError stream_error(int code, int storage_error, std::string message,
                        const std::string& entity) {
  WriteError error;
  error.code = code;
  error.storage_error = storage_error;
  error.message = fmt::format("{} Entity: {}", message, entity);
  error.entity = entity;
  return error;
}

WriteError offset_error(bool exists, std::int64_t expected, std::int64_t received,
                        const std::string& entity) {
  return exists ? stream_error(
                      kCodeAlreadyExists, kOffsetAlreadyExists,
                      fmt::format("The offset is within stream, expected offset {}, received {}",
                                  expected, received),
                      entity)
                : stream_error(
                      kCodeOutOfRange, kOffsetOutOfRange,
                      fmt::format("The offset is beyond stream, expected offset {}, received {}",
                                  expected, received),
                      entity);
}

// The next '/'-ended part after `word`; empty when it is not there.
std::string take_part(std::string_view& rest, std::string_view word) {
  if (rest.substr(0, word.size()) != word) return {};
  rest.remove_prefix(word.size());
  const auto end = rest.find('/');
  std::string part(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

}  // namespace

std::optional<StreamName> parse_stream_name(std::string_view name) {
  StreamName out;
  out.table.project = take_part(name, "projects/");
  out.table.dataset = take_part(name, "datasets/");
  out.table.table = take_part(name, "tables/");
  if (out.table.project.empty() || out.table.dataset.empty() || out.table.table.empty())
    return std::nullopt;
  out.stream = name == "_default" ? name : take_part(name, "streams/");
  return out;
}

WriteResult<WriteTarget> Catalog::find_table(const TableName& name) const {
  const MutexLock lock(mutex_);
  const Table* table = find(name);
  if (table == nullptr) return deny(denied(name));
  return WriteTarget{table->incarnation, table->write_shape,
                     std::string(table->resource.text("location"))};
}

WriteResult<WriteTarget> Catalog::open_table(const TableName& name) {
  {
    const MutexLock lock(mutex_);
    const auto at = tables_.find(name);
    if (at != tables_.end() && at->second.denials > 0) {
      --at->second.denials;
      return deny(denied(name));
    }
  }
  return find_table(name);
}

WriteResult<StreamInfo> Catalog::create_stream(const TableName& name, StreamType type) {
  auto target = open_table(name);
  if (!target) return tl::unexpected(target.error());
  const MutexLock lock(mutex_);
  Stream stream;
  stream.incarnation = target->incarnation;
  stream.info.name = fmt::format("{}/streams/s{}", table_path(name), ++last_number_);
  stream.info.table = name;
  stream.info.type = type;
  stream.info.created = now_micros();
  if (type == StreamType::kCommitted) stream.info.committed = stream.info.created;
  stream.info.location = target->location;
  stream.info.shape = target->shape;
  stream_order_.push_back(stream.info.name);
  return (streams_[stream.info.name] = std::move(stream)).info;
}

WriteResult<const Catalog::Stream*> Catalog::existing_stream(const std::string& name) const {
  const auto at = streams_.find(name);
  const Table* table = at == streams_.end() ? nullptr : find(at->second.info.table);
  if (table == nullptr || table->incarnation != at->second.incarnation) {
    return deny(
        stream_error(kCodeNotFound, kStreamNotFound, "Requested entity was not found.", name));
  }
  return &at->second;
}

WriteResult<Catalog::Stream*> Catalog::find_stream(const std::string& name) {
  const auto found = existing_stream(name);
  if (!found) return tl::unexpected(found.error());
  return const_cast<Stream*>(*found);
}

WriteResult<StreamInfo> Catalog::get_stream(const std::string& name) const {
  const auto parsed = parse_stream_name(name);
  if (!parsed || parsed->stream.empty()) {
    return deny(stream_error(kCodeInvalidArgument, 0, "Invalid stream name.", name));
  }
  auto target = find_table(parsed->table);
  if (!target) return tl::unexpected(target.error());
  StreamInfo info;
  if (!parsed->is_default()) {
    const MutexLock lock(mutex_);
    const auto found = existing_stream(name);
    if (!found) return tl::unexpected(found.error());
    info = (*found)->info;
  }
  info.name = name;
  info.table = parsed->table;
  info.location = target->location;
  info.shape = target->shape;
  return info;
}

WriteResult<void> Catalog::claim_stream(const std::string& name, std::uint64_t connection) {
  const MutexLock lock(mutex_);
  auto found = find_stream(name);
  if (!found) return tl::unexpected(found.error());
  (*found)->owner = connection;
  return {};
}

WriteResult<void> Catalog::check_append(const Stream& stream, std::uint64_t connection,
                                        std::int64_t offset) const {
  const std::string& name = stream.info.name;
  if (stream.owner != connection) {
    auto error = stream_error(kCodeAborted, 0,
                              "Closing the stream because another connection has opened it.", name);
    error.ends_rpc = true;
    return deny(std::move(error));
  }
  if (stream.info.type == StreamType::kPending && stream.info.committed != 0) {
    return deny(stream_error(kCodeInvalidArgument, kStreamAlreadyCommitted,
                             "Stream has been committed.", name));
  }
  if (stream.finalized) {
    return deny(stream_error(kCodeInvalidArgument, kStreamFinalized,
                             "Stream has been finalized and cannot be appended.", name));
  }
  if (offset < 0 || offset == stream.rows) return {};
  return deny(offset_error(offset < stream.rows, stream.rows, offset, name));
}

WriteResult<void> Catalog::check_offset(const std::string& name, std::uint64_t connection,
                                        std::int64_t offset) const {
  const MutexLock lock(mutex_);
  const auto found = existing_stream(name);
  if (!found) return tl::unexpected(found.error());
  return check_append(**found, connection, offset);
}

void Catalog::show(Table& table, std::shared_ptr<const StoredRows> rows) {
  table.row_count += rows->count;
  if (!rows->rows.empty()) table.rows.push_back(std::move(rows));
}

void Catalog::show_new(const TableName& name, std::shared_ptr<const StoredRows> rows) {
  if (store_ != nullptr) store_->add_rows(name, *rows);
  show(tables_[name], std::move(rows));
}

WriteResult<std::int64_t> Catalog::append(const std::string& name, std::uint64_t connection,
                                          std::int64_t offset, StoredRows rows) {
  const auto parsed = parse_stream_name(name);
  auto chunk = std::make_shared<const StoredRows>(std::move(rows));
  const MutexLock lock(mutex_);
  if (find(parsed->table) == nullptr) return deny(denied(parsed->table));
  if (parsed->is_default()) {
    show_new(parsed->table, std::move(chunk));
    return -1;
  }
  auto found = find_stream(name);
  if (!found) return tl::unexpected(found.error());
  Stream& stream = **found;
  if (auto fine = check_append(stream, connection, offset); !fine)
    return tl::unexpected(fine.error());
  const std::int64_t start = stream.rows;
  stream.rows += static_cast<std::int64_t>(chunk->count);
  if (stream.info.type == StreamType::kCommitted) {
    show_new(parsed->table, std::move(chunk));
  } else {
    stream.waiting.push_back(std::move(chunk));
  }
  return start;
}

WriteResult<std::int64_t> Catalog::finalize_stream(const std::string& name) {
  const MutexLock lock(mutex_);
  auto found = find_stream(name);
  if (!found) return tl::unexpected(found.error());
  (*found)->finalized = true;
  return (*found)->rows;
}

void Catalog::show_waiting(Stream& stream, std::int64_t count) {
  auto left = static_cast<std::size_t>(count);
  while (left > 0 && !stream.waiting.empty()) {
    auto chunk = stream.waiting.front();
    stream.waiting.erase(stream.waiting.begin());
    if (chunk->count > left) {
      StoredRows head = *chunk, tail = *chunk;
      head.count = left;
      tail.count -= left;
      if (!head.rows.empty()) {
        head.rows.resize(left);
        tail.rows.erase(tail.rows.begin(), tail.rows.begin() + static_cast<std::ptrdiff_t>(left));
      }
      stream.waiting.insert(stream.waiting.begin(),
                            std::make_shared<const StoredRows>(std::move(tail)));
      chunk = std::make_shared<const StoredRows>(std::move(head));
    }
    left -= chunk->count;
    show_new(stream.info.table, std::move(chunk));
  }
}

WriteResult<std::int64_t> Catalog::flush_rows(const std::string& name, std::int64_t offset) {
  const MutexLock lock(mutex_);
  auto found = find_stream(name);
  if (!found) return tl::unexpected(found.error());
  Stream& stream = **found;
  if (stream.info.type != StreamType::kBuffered) {
    return deny(stream_error(kCodeInvalidArgument, kInvalidStreamType,
                             "Stream is not a BUFFERED one.", name));
  }
  if (stream.finalized) {
    return deny(
        stream_error(kCodeInvalidArgument, kStreamFinalized, "Stream has been finalized.", name));
  }
  if (offset < stream.flushed) {
    return deny(stream_error(kCodeAlreadyExists, kOffsetAlreadyExists,
                             "The offset has been flushed already.", name));
  }
  if (offset >= stream.rows) return deny(offset_error(false, stream.rows, offset, name));
  show_waiting(stream, offset + 1 - stream.flushed);
  stream.flushed = offset + 1;
  return offset;
}

WriteResult<std::int64_t> Catalog::commit_streams(const TableName& table,
                                                  const std::vector<std::string>& names,
                                                  std::vector<WriteError>& errors) {
  const MutexLock lock(mutex_);
  if (find(table) == nullptr) return deny(denied(table));
  std::vector<Stream*> streams;
  for (const std::string& name : names) {
    auto found = find_stream(name);
    if (!found) {
      errors.push_back(found.error());
    } else if ((*found)->info.type != StreamType::kPending) {
      errors.push_back(stream_error(kCodeInvalidArgument, kInvalidStreamType,
                                    "Stream is not a PENDING one.", name));
    } else if ((*found)->info.committed != 0) {
      errors.push_back(stream_error(kCodeInvalidArgument, kStreamAlreadyCommitted,
                                    "Stream has been committed.", name));
    } else if (!(*found)->finalized) {
      errors.push_back(stream_error(kCodeInvalidArgument, kInvalidStreamState,
                                    "Stream is not finalized.", name));
    } else {
      streams.push_back(*found);
    }
  }
  if (!errors.empty()) return 0;
  const std::int64_t now = now_micros();
  for (Stream* stream : streams) {
    show_waiting(*stream, stream->rows);
    stream->info.committed = now;
  }
  return now;
}

std::vector<std::string> Catalog::streams() const {
  const MutexLock lock(mutex_);
  return stream_order_;
}

}  // namespace rs::fakes
