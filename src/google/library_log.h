#pragma once
// What gRPC and protobuf have to say goes to our log. They write to standard error otherwise, with
// locks of theirs held: a reader of it that stops would stop their calls.

namespace rs::google {

// Call once, before either is used.
void take_library_logs();

}  // namespace rs::google
