#pragma once
// gRPC's status codes by their names, for messages that people read.

#include <string>
#include <string_view>

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Status;
}

namespace rs::google {

// "NOT_FOUND"; "UNKNOWN" for a number that is no code.
[[nodiscard]] std::string_view status_name(int code);

// Whether the call may succeed when it is made again: the service is away, busy or in trouble. The
// other codes mean that a person has to do something first.
[[nodiscard]] bool passes(const grpc::Status& status);

// "NOT_FOUND: Topic not found"
[[nodiscard]] std::string describe(const grpc::Status& status);

}  // namespace rs::google
