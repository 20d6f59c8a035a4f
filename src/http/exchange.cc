#include "http/exchange.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/prefetch.h"

namespace rs::http {
namespace {

constexpr std::size_t kSparesMax = 1024;

int status_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kBadRequest:
      return 400;
    case Refusal::kLengthRequired:
      return 411;
    case Refusal::kTimeout:
      return 408;
    case Refusal::kBodyTooLarge:
    case Refusal::kDecodeRatio:
      return 413;
    case Refusal::kUnfinishedBytes:
    case Refusal::kOutOfMemory:
      return 503;
    case Refusal::kHeadersTooLarge:
      return 431;
    case Refusal::kUnsupportedEncoding:
      return 415;
    case Refusal::kBadEncoding:
      return 400;
    case Refusal::kNotImplemented:
      return 501;
    case Refusal::kVersion:
      return 505;
    case Refusal::kCount:
      break;
  }
  return 400;
}

}  // namespace

Exchange::Exchange(const Parts& parts)
    : handler_(parts.handler),
      mailbox_(parts.mailbox),
      settings_(parts.settings),
      stats_(parts.stats),
      turn_(parts.turn),
      unfinished_(parts.unfinished),
      writer_(parts.assets),
      current_(std::make_unique<PendingReply>()) {
  head_.bytes_max = settings_.head_bytes_max;
  spares_.reserve(kSparesMax);
}

Exchange::Rest Exchange::consume(Connection& connection, char* bytes, std::size_t size,
                                 std::int64_t now) {
  std::size_t at = 0;
  while (at < size && connection.stage == Stage::kReading && !writer_.is_full()) {
    RequestReader& reader = connection.reader;
    switch (reader.read(bytes + at, size - at, settings_.body_bytes_max, head_)) {
      case RequestReader::Status::kMore:
        if (reader.take_continue()) writer_.write_continue();
        return {at, at + reader.kept()};
      case RequestReader::Status::kRefused:
        refuse(connection, reader.refusal());
        break;
      case RequestReader::Status::kReady:
        if (must_wait_for_turn(connection)) {
          reader.hold_back();
          return {at, size, true};
        }
        at += reader.consumed();
        try {
          answer(connection, now);
        } catch (const std::bad_alloc&) {
          release_decoded();
          refuse_whole(connection, Refusal::kOutOfMemory);
        }
        if (turn_.is_share_over() && at < size && connection.stage == Stage::kReading) {
          return {at, size, true};
        }
        break;
    }
  }
  if (connection.stage == Stage::kFinishing) return {size, size};
  return {at, size};
}

ReplyTerms Exchange::terms_of_request() const {
  ReplyTerms terms;
  terms.keep_alive = head_.keep_alive;
  terms.is_http10 = head_.is_http10;
  terms.head_only = head_.request.method == Method::kHead;
  return terms;
}

// The turn is used up, and this request would take long.
bool Exchange::must_wait_for_turn(const Connection& connection) const {
  return turn_.is_over() && (connection.reader.coding() != coding::Coding::kIdentity ||
                             head_.request.body.size() > Turn::kCostly);
}

void Exchange::answer(Connection& connection, std::int64_t now) {
  Request& request = head_.request;
  request.peer_address = connection.peer_address();
  turn_.add(Turn::kRequest + request.body.size());
  const bool is_coded = connection.reader.coding() != coding::Coding::kIdentity;
  if (is_coded && !decode_body(connection)) return release_decoded();
  stats_.requests.add();
  ++connection.promise;
  ReplyTerms terms = terms_of_request();
  Response& response = current_->response;
  response.reset();
  const Promise promise{&mailbox_, connection.ticket()};
  const Answer given = handler_.handle(request, promise, response);
  if (is_coded) release_decoded();
  // A settled answer may change, so one that waits needs to know in any case.
  const auto accepted = request.header(Known::kAcceptEncoding);
  if (accepted.data() != nullptr &&
      (given == Answer::kLater || ReplyWriter::wants_coding(response))) {
    terms.coding = coding::choose_coding(accepted);
  }
  if (given == Answer::kLater) return wait(connection, terms, now);
  ++answered_;
  reply(connection, response, terms);
}

bool Exchange::decode_body(Connection& connection) {
  Request& request = head_.request;
  const std::size_t bytes_max = decoded_bytes_max(settings_, request.body.size());
  const auto status = decoder_.decode(connection.reader.coding(), request.body, bytes_max);
  turn_.add(decoder_.decoded().size());
  unfinished_.hold_decoded(decoder_.capacity());
  switch (status) {
    case coding::BodyDecoder::Status::kDone:
      request.body = decoder_.decoded();
      return true;
    case coding::BodyDecoder::Status::kBad:
      refuse_whole(connection, Refusal::kBadEncoding);
      return false;
    case coding::BodyDecoder::Status::kTooLarge:
      break;
  }
  const bool is_ratio = bytes_max < settings_.body_bytes_max;
  refuse_whole(connection, is_ratio ? Refusal::kDecodeRatio : Refusal::kBodyTooLarge);
  return false;
}

void Exchange::release_decoded() {
  decoder_.release();
  unfinished_.hold_decoded(decoder_.capacity());
}

void Exchange::refuse(Connection& connection, Refusal refusal) {
  ReplyTerms terms;
  terms.head_only = head_.request.method == Method::kHead;
  refuse(connection, refusal, terms);
}

// All of the request has come, so another may follow it.
void Exchange::refuse_whole(Connection& connection, Refusal refusal) {
  refuse(connection, refusal, terms_of_request());
}

void Exchange::refuse(Connection& connection, Refusal refusal, const ReplyTerms& terms) {
  Request& request = head_.request;
  request.body = {};
  request.peer_address = connection.peer_address();
  stats_.refusals[static_cast<std::size_t>(refusal)].add();
  Response& response = current_->response;
  response.reset();
  response.status = status_of(refusal);
  if (refusal == Refusal::kUnsupportedEncoding) response.add("Accept-Encoding", "gzip, br");
  handler_.refuse(refusal, request, response);
  reply(connection, response, terms);
}

void Exchange::refuse_unfinished(Connection& connection, const char* bytes, std::size_t size,
                                 Refusal refusal) {
  if (!connection.reader.in_body() || !connection.reader.parse_again(bytes, size, head_)) {
    read_part_of_head({bytes, size}, head_);
  }
  refuse(connection, refusal);
}

void Exchange::refuse_out_of_memory(Connection& connection, std::size_t bytes) {
  writer_.truncate(bytes);
  answered_ = 0;
  head_.request = Request{};
  refuse(connection, Refusal::kOutOfMemory);
}

void Exchange::wait(Connection& connection, const ReplyTerms& terms, std::int64_t now) {
  current_->terms = terms;
  current_->started = now;
  current_->open_parts = current_->response.promise_parts;
  current_->outcome = Outcome::kKept;
  connection.pending = std::exchange(current_, take_spare());
  connection.stage = Stage::kWaiting;
  waits_ = true;
}

void Exchange::end_turn() {
  if (std::exchange(waits_, false)) handler_.turn_ended();
}

bool Exchange::settle(Connection& connection, Outcome outcome, std::uint32_t parts) {
  const std::unique_ptr<PendingReply>& pending = connection.pending;
  pending->outcome = worse_of(pending->outcome, outcome);
  pending->open_parts -= std::min(parts, pending->open_parts);
  if (pending->open_parts > 0) return false;
  handler_.settle(pending->outcome, pending->response);
  connection.stage = Stage::kReading;
  reply(connection, pending->response, pending->terms);
  constexpr std::size_t kKeep = 64 * 1024;
  if (spares_.size() < kSparesMax && pending->response.body.capacity() <= kKeep) {
    spares_.push_back(std::move(connection.pending));
  }
  connection.pending.reset();
  return true;
}

void Exchange::settle_rest(Connection& connection, Outcome outcome) {
  settle(connection, outcome, connection.pending->open_parts);
}

void Exchange::reply(Connection& connection, const Response& response, const ReplyTerms& terms) {
  ReplyTerms final_terms = terms;
  final_terms.keep_alive = terms.keep_alive && !stopping_;
  const std::size_t before = writer_.size();
  turn_.add(writer_.write(response, final_terms));
  turn_.add_transfer(writer_.size() - before);
  const auto status_class = static_cast<std::size_t>(response.status / 100);
  stats_.responses[status_class < kStatusClasses ? status_class : 0].add();
  if (!final_terms.keep_alive) connection.stage = Stage::kFinishing;
}

std::unique_ptr<PendingReply> Exchange::take_spare() {
  if (spares_.empty()) return std::make_unique<PendingReply>();
  auto spare = std::move(spares_.back());
  spares_.pop_back();
  // This one was fetched when the one before was taken; its headers are written a little later.
  constexpr std::size_t kFetchBytes = 1024;  // Most are shorter; a preflight's may be long.
  auto& headers = spare->response.headers;
  fetch_to_write(headers.data(), std::min(headers.capacity(), kFetchBytes));
  if (!spares_.empty()) fetch_to_write(spares_.back().get(), sizeof(PendingReply));
  return spare;
}

unsigned Exchange::take_answered() {
  return std::exchange(answered_, 0U);
}

}  // namespace rs::http
