#include "pubsub/subscription_error.h"

#include <string>

#include <fmt/format.h>
#include <grpcpp/support/status.h>

#include "google/grpc_status.h"

namespace rs::pubsub {
namespace {

std::string remedy(const grpc::Status& status, const SubscriptionSettings& settings) {
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND:
      return fmt::format(
          "Create it: gcloud pubsub subscriptions create {} --project={} --topic=TOPIC",
          settings.subscription, settings.project);
    case grpc::StatusCode::PERMISSION_DENIED:
      return fmt::format(
          "Grant the account that this program runs as the role: gcloud pubsub subscriptions "
          "add-iam-policy-binding {} --project={} --member=serviceAccount:ACCOUNT "
          "--role=roles/pubsub.subscriber",
          settings.subscription, settings.project);
    case grpc::StatusCode::UNAUTHENTICATED:
      return "Check the credentials: GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth "
             "application-default login";
    case grpc::StatusCode::FAILED_PRECONDITION:
      return "A subscription that pushes or writes into BigQuery itself cannot be read";
    default:
      return "Check WRITERS__PROJECT_ID and WRITERS__PUBSUB__SUBSCRIPTION_ID";
  }
}

}  // namespace

Error error_of(const grpc::Status& status, const SubscriptionSettings& settings) {
  auto message = fmt::format("subscription {}: {}", settings.path(), google::describe(status));
  if (google::passes(status)) return {ErrorCode::kUnavailable, std::move(message)};
  return {ErrorCode::kRefused, fmt::format("{}. {}", message, remedy(status, settings))};
}

}  // namespace rs::pubsub
