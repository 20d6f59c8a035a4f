#include "http/request_reader.h"

namespace rs::http {
namespace {

Refusal refusal_of(HeadStatus status) {
  switch (status) {
    case HeadStatus::kTooLarge:
      return Refusal::kHeadersTooLarge;
    case HeadStatus::kNotImplemented:
      return Refusal::kNotImplemented;
    case HeadStatus::kVersion:
      return Refusal::kVersion;
    default:
      return Refusal::kBadRequest;
  }
}

}  // namespace

RequestReader::Status RequestReader::read(char* bytes, std::size_t size, std::size_t body_bytes_max,
                                          Head& head) {
  switch (phase_) {
    case Phase::kHead:
      return read_head(bytes, size, body_bytes_max, head);
    case Phase::kSized:
      return read_sized(bytes, size, head);
    case Phase::kChunked:
      return read_chunks(bytes, size, body_bytes_max, head);
    case Phase::kWhole:
      break;
  }
  return read_whole(bytes, size, head);
}

bool RequestReader::take_continue() {
  const bool wanted = continue_;
  continue_ = false;
  return wanted;
}

RequestReader::Status RequestReader::read_head(char* bytes, std::size_t size,
                                               std::size_t body_bytes_max, Head& head) {
  // One empty line before a request is forgiven (RFC 9112, section 2.2).
  start_ = size >= 2 && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 0;
  missing_ = 0;
  const HeadStatus status = parse_head(bytes + start_, size - start_, head);
  if (status == HeadStatus::kIncomplete) return more(size);
  if (status != HeadStatus::kComplete) return refuse(refusal_of(status));

  coding_ = coding::Coding::kIdentity;
  if (const auto named = head.request.header(Known::kContentEncoding); named.data() != nullptr) {
    const auto coding = coding::parse_coding(named);
    if (!coding) return refuse(Refusal::kUnsupportedEncoding);
    coding_ = *coding;
  }
  body_ = start_ + head.size;
  if (head.chunked) {
    phase_ = Phase::kChunked;
    chunks_ = ChunkedDecoder();
    length_ = 0;
    const bool awaited = size == body_;
    const Status result = read_chunks(bytes, size, body_bytes_max, head);
    continue_ = result == Status::kMore && awaited && head.expects_continue;
    return result;
  }
  if (!head.has_length && head.request.method == Method::kPost) {
    return refuse(Refusal::kLengthRequired);
  }
  if (head.content_length > body_bytes_max) return refuse(Refusal::kBodyTooLarge);
  length_ = static_cast<std::size_t>(head.content_length);
  if (size - body_ >= length_) {
    head.request.body = {bytes + body_, length_};
    return ready(body_ + length_);
  }
  phase_ = Phase::kSized;
  continue_ = size == body_ && head.expects_continue;
  missing_ = body_ + length_ - size;
  return more(size);
}

RequestReader::Status RequestReader::read_sized(const char* bytes, std::size_t size, Head& head) {
  if (size - body_ < length_) {
    missing_ = body_ + length_ - size;
    return more(size);
  }
  if (!parse_again(bytes, size, head)) return refuse(Refusal::kBadRequest);
  head.request.body = {bytes + body_, length_};
  return ready(body_ + length_);
}

// The bytes are [head][body so far][what has come since]; decoding moves the last up to the body.
RequestReader::Status RequestReader::read_chunks(char* bytes, std::size_t size,
                                                 std::size_t body_bytes_max, Head& head) {
  const std::size_t end = body_ + length_;
  const auto step = chunks_.decode(bytes + end, bytes + end, size - end, body_bytes_max);
  length_ += step.produced;
  if (step.status == ChunkedDecoder::Status::kMore) return more(body_ + length_);
  if (!parse_again(bytes, size, head)) return refuse(Refusal::kBadRequest);
  if (step.status == ChunkedDecoder::Status::kBad) return refuse(Refusal::kBadRequest);
  if (step.status == ChunkedDecoder::Status::kTooLarge) return refuse(Refusal::kBodyTooLarge);
  head.request.body = {bytes + body_, length_};
  return ready(end + step.consumed);
}

RequestReader::Status RequestReader::read_whole(const char* bytes, std::size_t size, Head& head) {
  if (!parse_again(bytes, size, head)) return refuse(Refusal::kBadRequest);
  head.request.body = {bytes + body_, length_};
  return ready(consumed_);
}

RequestReader::Status RequestReader::more(std::size_t kept) {
  kept_ = kept;
  return Status::kMore;
}

RequestReader::Status RequestReader::ready(std::size_t consumed) {
  phase_ = Phase::kHead;
  consumed_ = consumed;
  return Status::kReady;
}

RequestReader::Status RequestReader::refuse(Refusal refusal) {
  refusal_ = refusal;
  return Status::kRefused;
}

bool RequestReader::parse_again(const char* bytes, std::size_t size, Head& head) const {
  return parse_head(bytes + start_, size - start_, head) == HeadStatus::kComplete;
}

}  // namespace rs::http
