#pragma once
// What a client is told, in FastAPI's shape: the only place that writes the product's error bodies.
// Pure functions of what happened.

#include <span>
#include <string_view>

#include "collect/protocol.h"
#include "event/problem.h"
#include "http/message.h"

namespace rs::collect {

inline constexpr int kJsonStatus = 200, kEmptyStatus = 204;

void answer_kept(Receipt receipt, http::Response& response);  // As Receipt says.
void answer_overloaded(http::Response& response);             // 503, Retry-After: the queue is full
void answer_not_stored(http::Response& response);  // 503, Retry-After: the server shuts down
void answer_rejected(http::Response& response);    // 422: kept as a dead letter
void answer_bad_stream_id(std::string_view text, http::Response& response);  // 422, loc path
void answer_invalid_event(std::span<const event::Problem> problems, std::string_view root,
                          http::Response& response);                          // 422
void answer_too_many_events(http::Response& response);                        // 413
void answer_not_found(http::Response& response);                              // 404
void answer_not_allowed(std::string_view allowed, http::Response& response);  // 405, Allow

// The body of a refusal by the HTTP layer, whose status is set already.
void explain(http::Refusal refusal, http::Response& response);

}  // namespace rs::collect
