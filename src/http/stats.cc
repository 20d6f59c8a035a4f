#include "http/stats.h"

namespace rs::http {

void Stats::add(const ThreadStats& thread) {
  // Closed before accepted: a connection that comes and goes meanwhile must not make this negative.
  const auto closed = thread.connections_closed.value();
  const auto accepted = thread.connections_accepted.value();
  connections_open += accepted - closed;
  connections_accepted += accepted;
  connections_refused += thread.connections_refused.value();
  connections_expired += thread.connections_expired.value();
  accept_pauses += thread.accept_pauses.value();
  requests += thread.requests.value();
  connections_evicted += thread.connections_evicted.value();
  promises_expired += thread.promises_expired.value();
  promises_lost += thread.promises_lost.value();
  bytes_in += thread.bytes_in.value();
  bytes_out += thread.bytes_out.value();
  for (std::size_t i = 0; i < kStatusClasses; ++i) responses[i] += thread.responses[i].value();
  for (std::size_t i = 0; i < kRefusals; ++i) refusals[i] += thread.refusals[i].value();
  latency_micros.add(thread.latency.snapshot());
}

const char* refusal_label(Refusal refusal) {
  switch (refusal) {
    case Refusal::kBadRequest:
      return "bad_request";
    case Refusal::kLengthRequired:
      return "length_required";
    case Refusal::kTimeout:
      return "timeout";
    case Refusal::kBodyTooLarge:
      return "body_too_large";
    case Refusal::kDecodeRatio:
      return "decode_ratio";
    case Refusal::kUnfinishedBytes:
      return "unfinished_bytes";
    case Refusal::kOutOfMemory:
      return "out_of_memory";
    case Refusal::kHeadersTooLarge:
      return "headers_too_large";
    case Refusal::kUnsupportedEncoding:
      return "unsupported_encoding";
    case Refusal::kBadEncoding:
      return "bad_encoding";
    case Refusal::kNotImplemented:
      return "not_implemented";
    case Refusal::kVersion:
      return "version";
    case Refusal::kCount:
      break;
  }
  return "";
}

}  // namespace rs::http
