#pragma once
// What the fake BigQuery does wrong on command: what, where and when. Plain values.
//
//   fake.add_fault(*Fault::named("quota").value());                 // Once, at the next append.
//   auto fault = Fault::named("unavailable").value();
//   fault.apply = true; fault.probability = 0.02; fault.times = 0;   // Rows are stored, then it
//   ends. fake.add_fault(fault);
//
// As JSON (POST /fake/faults) a fault is an object with these members' names; "fault" is the name
// of a preset, whatever else stands beside it changes that preset. fault_names() lists the presets;
// they carry the codes and texts of the real service as they are known (bigquery.md 1.4).

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rs::fakes {

enum class FaultAction : std::uint8_t {
  kEnd,        // "end": the RPC ends with `code`; what is not answered by then never is. 0 is OK.
  kError,      // "error": the answer is an error with `code`; the connection goes on.
  kRowErrors,  // "row_errors": the answer blames `rows`, nothing is stored, `code` as the error's.
  kHang,       // "hang": this and all later requests of the connection get no answer.
  kLate,       // "late": the answer waits for `delay`.
  kStopReading,  // "stop_reading": the connection is not read for `delay`, so its window closes.
  kEmpty,        // "empty": an answer with neither a result nor an error.
  kSkip,         // "skip": no answer to this request; later ones are answered.
  kTwice,        // "twice": the answer comes twice.
  kOffset,       // "offset": the result says an offset that is 1 too high.
};

// Which calls a fault is for.
enum class FaultPlace : std::uint8_t {
  kAppend,    // "append": each AppendRows request.
  kOpen,      // "open": the first request of an AppendRows connection.
  kCreate,    // "create": CreateWriteStream.
  kGet,       // "get": GetWriteStream.
  kFinalize,  // "finalize": FinalizeWriteStream.
  kFlush,     // "flush": FlushRows.
  kCommit,    // "commit": BatchCommitWriteStreams.
  kRest,      // "rest": REST; `code` is the HTTP status, `reason` the error's reason.
  kToken,  // "token": the token endpoints; `code` is the HTTP status, `reason` the "error" member.
};

struct Fault {
  std::string name;  // Of the preset, or "custom": how GET /fake/stats counts it.
  FaultAction action = FaultAction::kError;
  FaultPlace place = FaultPlace::kAppend;
  int code = 14;          // google.rpc.Code; HTTP status for REST and tokens.
  int storage_error = 0;  // StorageError.StorageErrorCode, 0 for none.
  std::string message;    // "" is a text that fits; %s in it becomes the stream or table.
  std::string reason;     // REST and tokens only.
  bool apply = false;     // Rows (REST: the change) are stored all the same: how duplicates arise.
  std::vector<int> rows;  // kRowErrors: indexes blamed, also impossible ones.
  std::size_t text_bytes = 0;  // Row error messages are padded to this size.
  std::chrono::milliseconds delay{0};

  // When: of the requests that match, counted from 1 since the fault was added,
  std::string match;        // those whose stream name (REST: "METHOD path") contains this,
  std::uint64_t nth = 0;    // from the nth on (0 is 1),
  double probability = 1;   // with this chance each,
  std::uint64_t times = 1;  // so many times; 0 for ever.

  [[nodiscard]] static Result<Fault> named(std::string_view name);
  [[nodiscard]] static Result<Fault> parse(std::string_view json);  // kInvalidInput.
};

[[nodiscard]] std::span<const std::string_view> fault_names();

}  // namespace rs::fakes
