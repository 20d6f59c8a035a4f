// The way of the rows: table, writer schema, offset, each row, then the catalog.
#include <cstdint>

#include <fmt/format.h>

#include "fakes/bigquery/append_session.h"
#include "fakes/bigquery/write_status.h"

namespace rs::fakes {
namespace {

WriteError invalid(std::string message) {
  WriteError error;
  error.message = std::move(message);
  return error;
}

}  // namespace

WriteResult<bool> AppendSession::store(Request& request, Response& response) {
  auto done = store_rows(request, response);
  if (done || done.error().ends_rpc) return done;
  *response.mutable_error() = status_message(done.error());
  return false;
}

WriteResult<void> AppendSession::prepare(const Request& request) {
  auto target = core_.catalog.find_table(name_.table);
  if (!target) return tl::unexpected(target.error());
  if (target->incarnation != incarnation_) {
    WriteError error = invalid(fmt::format(
        "Requested entity was not found. Entity: {} is re-created", table_path(name_.table)));
    error.code = kCodeNotFound;
    error.storage_error = kTableNotFound;
    error.ends_rpc = true;
    return deny(std::move(error));
  }
  if (const std::size_t bytes = request.ByteSizeLong(); bytes > core_.options.request_bytes_max) {
    return deny(invalid(fmt::format("AppendRows request too large: {} limit {}", bytes,
                                    core_.options.request_bytes_max)));
  }
  if (request.proto_rows().rows().serialized_rows_size() == 0)
    return deny(invalid("The request has no rows."));
  shape_ = std::move(target->shape);
  if (reader_ != nullptr && reader_->shape().version == shape_->version) return {};
  auto compiled = RowReader::compile(writer_, shape_, core_.options.id_column);
  if (!compiled) {
    compiled.error().entity = stream_;
    return tl::unexpected(compiled.error());
  }
  reader_ = *std::move(compiled);
  auto defaults = std::make_shared<DefaultColumns>(shape_->columns.size());
  for (std::size_t i = 0; i < defaults->size(); ++i) {
    (*defaults)[i] = !shape_->columns[i].default_expression.empty() && !reader_->has_column(i);
  }
  plain_defaults_ = std::move(defaults);
  return {};
}

std::shared_ptr<const DefaultColumns> AppendSession::defaults(const Request& request) {
  if (missing_ == 0 && request.missing_value_interpretations().empty()) return plain_defaults_;
  auto out = std::make_shared<DefaultColumns>(*plain_defaults_);
  for (std::size_t i = 0; i < out->size(); ++i) {
    const SchemaColumn& column = shape_->columns[i];
    if (column.default_expression.empty()) continue;
    const auto at = request.missing_value_interpretations().find(column.name);
    const int said = at == request.missing_value_interpretations().end()
                         ? missing_
                         : static_cast<int>(at->second);
    if (said != 0) (*out)[i] = said == Request::DEFAULT_VALUE;
  }
  return out;
}

bool AppendSession::check_rows(const Request& request, std::vector<std::string>& ids,
                               Response& response) const {
  const auto& options = core_.options;
  const auto& rows = request.proto_rows().rows().serialized_rows();
  const bool keeps_ids = options.keep == KeptRows::kIds;
  if (keeps_ids) ids.resize(static_cast<std::size_t>(rows.size()));
  bool fine = true;
  for (int i = 0; i < rows.size(); ++i) {
    const std::string& row = rows[i];
    std::string problem =
        reader_->check(row, keeps_ids ? &ids[static_cast<std::size_t>(i)] : nullptr);
    if (problem.empty() && !options.bad_row_marker.empty() &&
        row.find(options.bad_row_marker) != std::string::npos) {
      problem = "The fake refuses rows with " + options.bad_row_marker;
    }
    if (problem.empty()) continue;
    fine = false;
    if (options.row_errors_max != 0 &&
        static_cast<std::size_t>(response.row_errors_size()) == options.row_errors_max)
      break;
    auto& blamed = *response.add_row_errors();
    blamed.set_index(i);
    blamed.set_code(google::cloud::bigquery::storage::v1::RowError::FIELDS_ERROR);
    blamed.set_message(std::move(problem));
  }
  return fine;
}

WriteResult<bool> AppendSession::store_rows(Request& request, Response& response) {
  if (auto prepared = prepare(request); !prepared) return tl::unexpected(prepared.error());
  const std::int64_t offset = request.has_offset() ? request.offset().value() : -1;
  if (name_.is_default()) {
    if (request.has_offset())
      return deny(invalid("Offset must not be set on the default stream. Entity: " + stream_));
  } else if (auto right = core_.catalog.check_offset(stream_, connection_, offset); !right) {
    return tl::unexpected(right.error());
  }
  StoredRows rows;
  if (!check_rows(request, rows.rows, response)) {
    return deny(invalid(
        "Errors found while processing rows. Please refer to the row_errors field for details. The "
        "list may not be complete because of the size limitations. Entity: " +
        stream_));
  }
  rows.reader = reader_;
  rows.defaults = defaults(request);
  rows.time = now_micros();
  auto& encoded = *request.mutable_proto_rows()->mutable_rows()->mutable_serialized_rows();
  rows.count = static_cast<std::size_t>(encoded.size());
  if (core_.options.keep == KeptRows::kAll) {
    for (std::string& row : encoded) rows.rows.push_back(std::move(row));
  }
  auto start = core_.catalog.append(stream_, connection_, offset, std::move(rows));
  if (!start) return tl::unexpected(start.error());
  auto& result = *response.mutable_append_result();
  if (*start >= 0) result.mutable_offset()->set_value(*start);
  if (shape_->version > shape_told_) {
    fill_schema(shape_->columns, *response.mutable_updated_schema());
    shape_told_ = shape_->version;
  }
  return true;
}

}  // namespace rs::fakes
