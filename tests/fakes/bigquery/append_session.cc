// The connection: requests in, faults, answers out. append_store.cc has the way of the rows.
#include "fakes/bigquery/append_session.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "fakes/bigquery/write_status.h"

namespace rs::fakes {
namespace {

WriteError ending(int code, std::string message) {
  WriteError error;
  error.code = code;
  error.message = std::move(message);
  error.ends_rpc = true;
  return error;
}

WriteError error_of(const Fault& fault, const std::string& stream) {
  WriteError error;
  error.code = fault.code;
  error.storage_error = fault.storage_error;
  error.message = fault.message;
  error.entity = stream;
  error.ends_rpc = fault.action == FaultAction::kEnd;
  return error;
}

// Faults that leave the request itself alone, or come after it was done.
bool lets_store(const Fault& fault) {
  switch (fault.action) {
    case FaultAction::kLate:
    case FaultAction::kTwice:
    case FaultAction::kOffset:
    case FaultAction::kStopReading:
      return true;
    case FaultAction::kRowErrors:
      return false;
    default:
      return fault.apply;
  }
}

AppendAnswer refused(WriteError error) {
  AppendAnswer out;
  if (error.ends_rpc) {
    out.end = std::move(error);
  } else {
    *out.responses.emplace_back().mutable_error() = status_message(error);
  }
  return out;
}

}  // namespace

AppendAnswer AppendSession::handle(Request& request) {
  SeenRequest seen;
  seen.connection = connection_;
  seen.stream = request.write_stream().empty() ? stream_ : request.write_stream();
  seen.offset = request.has_offset() ? request.offset().value() : -1;
  seen.rows = static_cast<std::size_t>(request.proto_rows().rows().serialized_rows_size());
  seen.has_schema = request.proto_rows().has_writer_schema();
  seen.trace_id = request.trace_id();
  seen.routing = routing_;
  const std::size_t bytes = request.ByteSizeLong();

  const auto fault = take_fault(seen.stream);
  AppendAnswer out = answer(request, fault, seen.stored);
  for (Response& response : out.responses) response.set_write_stream(stream_);

  core_.observed.count([&](FakeBigQueryStats& stats) {
    ++stats.requests;
    stats.bytes_received += bytes;
    stats.rows_received += seen.rows;
    if (seen.stored) {
      ++stats.requests_stored;
      stats.rows_stored += seen.rows;
    }
    for (const Response& response : out.responses) {
      stats.rows_blamed += static_cast<std::uint64_t>(response.row_errors_size());
    }
  });
  core_.observed.add(std::move(seen));
  return out;
}

std::optional<Fault> AppendSession::take_fault(const std::string& stream) {
  std::optional<Fault> fault;
  if (first_) fault = core_.faults.take(FaultPlace::kOpen, stream);
  first_ = false;
  if (!fault) fault = core_.faults.take(FaultPlace::kAppend, stream);
  return fault;
}

AppendAnswer AppendSession::answer(Request& request, const std::optional<Fault>& fault,
                                   bool& stored) {
  const bool ends = fault && fault->action == FaultAction::kEnd;
  if (ends && !fault->apply) return refused(error_of(*fault, stream_));
  if (auto bound = bind(request); !bound) return refused(bound.error());
  Response response;
  if (!fault || lets_store(*fault)) {
    auto done = store(request, response);
    if (!done) return refused(done.error());
    stored = *done;
  }
  if (fault) return distort(*fault, std::move(response));
  AppendAnswer out;
  out.responses.push_back(std::move(response));
  return out;
}

AppendAnswer AppendSession::distort(const Fault& fault, Response response) const {
  AppendAnswer out;
  switch (fault.action) {
    case FaultAction::kEnd:
    case FaultAction::kError:
      return refused(error_of(fault, stream_));
    case FaultAction::kRowErrors:
      out.responses.push_back(row_errors(fault));
      return out;
    case FaultAction::kHang:
      out.hangs = true;
      return out;
    case FaultAction::kSkip:
      return out;
    case FaultAction::kEmpty:
      out.responses.emplace_back();
      return out;
    case FaultAction::kLate:
      out.delay = fault.delay;
      break;
    case FaultAction::kStopReading:
      out.stop_reading = fault.delay;
      break;
    case FaultAction::kTwice:
      out.responses.push_back(response);
      break;
    case FaultAction::kOffset:
      if (response.has_append_result()) {
        auto& offset = *response.mutable_append_result()->mutable_offset();
        offset.set_value(offset.value() + 1);
      }
      break;
  }
  out.responses.push_back(std::move(response));
  return out;
}

AppendSession::Response AppendSession::row_errors(const Fault& fault) const {
  Response out;
  *out.mutable_error() = status_message(error_of(fault, stream_));
  for (const int row : fault.rows) {
    auto& blamed = *out.add_row_errors();
    blamed.set_index(row);
    blamed.set_code(google::cloud::bigquery::storage::v1::RowError::FIELDS_ERROR);
    std::string text = fmt::format("The fake was told to refuse row {}", row);
    if (text.size() < fault.text_bytes) text.resize(fault.text_bytes, '.');
    blamed.set_message(std::move(text));
  }
  return out;
}

WriteResult<void> AppendSession::bind(const Request& request) {
  const std::string& asked = request.write_stream();
  if (asked.empty() && stream_.empty()) {
    return deny(
        ending(kCodeInvalidArgument, "The first request of a connection must set write_stream."));
  }
  if (!asked.empty() && asked != stream_) {
    if (auto switched = switch_to(asked); !switched) return switched;
  }
  return keep_schema(request);
}

WriteResult<void> AppendSession::switch_to(const std::string& stream) {
  auto name = parse_stream_name(stream);
  if (!name || name->stream.empty()) {
    return deny(ending(kCodeInvalidArgument, "Invalid stream name: " + stream));
  }
  if (!stream_.empty() && !(name_.is_default() && name->is_default())) {
    return deny(
        ending(kCodeInvalidArgument,
               "Only default streams can share a connection; it was opened for " + stream_));
  }
  auto target = core_.catalog.open_table(name->table);
  if (!target) return tl::unexpected(target.error());
  if (target->location != "US" && routing_.find("write_stream=") == std::string::npos) {
    return deny(
        ending(kCodeNotFound,
               fmt::format("Requested entity was not found. Entity: {} (it is in {}, and the "
                           "header x-goog-request-params is missing)",
                           stream, target->location)));
  }
  if (!name->is_default()) {
    if (auto claimed = core_.catalog.claim_stream(stream, connection_); !claimed) {
      claimed.error().ends_rpc = true;
      return claimed;
    }
  }
  stream_ = stream;
  name_ = *std::move(name);
  incarnation_ = target->incarnation;
  shape_told_ = target->shape->version;
  writer_text_.clear();
  reader_.reset();
  return {};
}

WriteResult<void> AppendSession::keep_schema(const Request& request) {
  if (request.has_arrow_rows()) return deny(ending(12, "The fake takes proto_rows only."));
  if (request.default_missing_value_interpretation() !=
      Request::MISSING_VALUE_INTERPRETATION_UNSPECIFIED) {
    missing_ = request.default_missing_value_interpretation();
  }
  if (!request.proto_rows().has_writer_schema()) {
    if (!writer_text_.empty()) return {};
    return deny(ending(kCodeInvalidArgument,
                       "Invalid request: the first request for a stream must have writer_schema."));
  }
  const auto& writer = request.proto_rows().writer_schema().proto_descriptor();
  std::string text = writer.SerializeAsString();
  if (text == writer_text_) return {};
  writer_text_ = text.empty() ? " " : std::move(text);
  writer_ = writer;
  reader_.reset();
  std::string json;
  if (google::protobuf::util::MessageToJsonString(writer, &json).ok()) {
    core_.observed.set_writer_schema(stream_, std::move(json));
  }
  return {};
}

}  // namespace rs::fakes
