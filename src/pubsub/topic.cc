#include "pubsub/topic.h"

#include <chrono>
#include <string>

#include <fmt/format.h>
#include <google/pubsub/v1/pubsub.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "google/grpc_status.h"
#include "google/http_client.h"
#include "obs/log.h"

namespace rs::pubsub {
namespace {

namespace pubsub = ::google::pubsub::v1;
using grpc::StatusCode;

void prepare(grpc::ClientContext& context, const PubSubSettings& settings, const char* routed_by) {
  context.AddMetadata("x-goog-request-params",
                      std::string(routed_by) + "=" + google::percent_encode(settings.topic_path()));
  context.set_deadline(std::chrono::system_clock::now() + settings.publish_timeout);
}

std::string remedy(const grpc::Status& status, const PubSubSettings& settings) {
  switch (status.error_code()) {
    case StatusCode::NOT_FOUND:
      return fmt::format(
          "Create it: gcloud pubsub topics create {} --project={} ; or let this program do so: "
          "WRITERS__PUBSUB__CREATE_TOPIC=true",
          settings.topic, settings.project);
    case StatusCode::PERMISSION_DENIED:
      if (status.error_message().find("has not been used in project") != std::string::npos) {
        return fmt::format(
            "Turn the service on: gcloud services enable pubsub.googleapis.com --project={}",
            settings.project);
      }
      return "Grant the account that this program runs as roles/pubsub.publisher and "
             "roles/pubsub.viewer on the topic: `real-streaming print-setup pubsub` has the "
             "commands";
    case StatusCode::UNAUTHENTICATED:
      return "Check the credentials: GOOGLE_APPLICATION_CREDENTIALS, or gcloud auth "
             "application-default login";
    default:
      return "Check WRITERS__PROJECT_ID and WRITERS__PUBSUB__TOPIC_ID";
  }
}

Result<void> explain(const grpc::Status& status, const PubSubSettings& settings,
                     std::string_view doing) {
  auto message = fmt::format("topic {} cannot be {}: {}", settings.topic_path(), doing,
                             google::describe(status));
  if (google::passes(status)) return fail(ErrorCode::kUnavailable, std::move(message));
  return fail(ErrorCode::kRefused, fmt::format("{}. {}", message, remedy(status, settings)));
}

Result<void> create_topic(const PubSubSettings& settings, pubsub::Publisher::Stub& stub,
                          const std::stop_token& stop) {
  grpc::ClientContext context;
  prepare(context, settings, "name");
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  pubsub::Topic request, made;
  request.set_name(settings.topic_path());
  const auto status = stub.CreateTopic(&context, request, &made);
  // Another copy of this program may have been first.
  if (status.error_code() == StatusCode::ALREADY_EXISTS) return {};
  if (!status.ok()) return explain(status, settings, "created");
  RS_LOG(kInfo, "Topic {} was created", settings.topic_path());
  return {};
}

}  // namespace

Result<void> ensure_topic(const PubSubSettings& settings,
                          const std::shared_ptr<grpc::Channel>& channel,
                          const std::stop_token& stop) {
  pubsub::Publisher::Stub stub(channel);
  grpc::ClientContext context;
  prepare(context, settings, "topic");
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  pubsub::GetTopicRequest request;
  request.set_topic(settings.topic_path());
  pubsub::Topic found;
  const auto status = stub.GetTopic(&context, request, &found);
  if (status.ok()) return {};
  if (status.error_code() == StatusCode::NOT_FOUND && settings.create_topic) {
    return create_topic(settings, stub, stop);
  }
  return explain(status, settings, "found");
}

}  // namespace rs::pubsub
