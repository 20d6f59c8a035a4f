#pragma once
// Why a subscription cannot be read, for an operator: with the command that mends it.

#include "base/result.h"
#include "pubsub/subscription_settings.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Status;
}

namespace rs::pubsub {

// kUnavailable when it may pass by itself, else kRefused.
[[nodiscard]] Error error_of(const grpc::Status& status, const SubscriptionSettings& settings);

}  // namespace rs::pubsub
