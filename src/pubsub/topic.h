#pragma once
// The topic that rows are published to, looked up before the first of them, and made when it is
// missing and that is wanted. Waits for the service, or until it is stopped; not for gRPC's
// threads.

#include <memory>
#include <stop_token>

#include "base/result.h"
#include "pubsub/settings.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Channel;
}

namespace rs::pubsub {

// An Error is retryable when the service cannot be reached or is busy; any other says what a person
// has to do, with the command.
[[nodiscard]] Result<void> ensure_topic(const PubSubSettings& settings,
                                        const std::shared_ptr<grpc::Channel>& channel,
                                        const std::stop_token& stop = {});

}  // namespace rs::pubsub
