#include "google/channel.h"

#include <map>
#include <utility>

#include <grpcpp/grpcpp.h>

namespace rs::google {
namespace {

constexpr int kReceiveBytesMax = 64 * 1024 * 1024;

// Puts the token into the headers of each call. gRPC calls it on a thread that may wait.
class TokenPlugin final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit TokenPlugin(std::shared_ptr<TokenSource> tokens) : tokens_(std::move(tokens)) {}

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<grpc::string, grpc::string>* metadata) override {
    auto token = tokens_->token();
    if (!token) {
      // UNAVAILABLE is what gRPC lets a plugin say without making it an internal error of its own.
      return {grpc::StatusCode::UNAVAILABLE, token.error().message};
    }
    metadata->emplace("authorization", "Bearer " + *token);
    if (!tokens_->quota_project().empty()) {
      metadata->emplace("x-goog-user-project", tokens_->quota_project());
    }
    return grpc::Status::OK;
  }
  [[nodiscard]] const char* GetType() const override { return "real-streaming"; }

 private:
  const std::shared_ptr<TokenSource> tokens_;
};

std::shared_ptr<grpc::ChannelCredentials> credentials(const ChannelSettings& settings,
                                                      const std::shared_ptr<TokenSource>& tokens) {
  if (settings.plaintext) return grpc::InsecureChannelCredentials();
  return grpc::CompositeChannelCredentials(
      grpc::SslCredentials({}),
      grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenPlugin>(tokens)));
}

int millis(std::chrono::milliseconds time) {
  return static_cast<int>(time.count());
}

}  // namespace

std::shared_ptr<grpc::Channel> make_channel(const ChannelSettings& settings,
                                            const std::shared_ptr<TokenSource>& tokens) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, millis(settings.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, millis(settings.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, millis(settings.reconnect_first));
  // GRPC_ARG_MIN_RECONNECT_BACKOFF_MS is the time one attempt has, TLS included, and stays 20 s.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, millis(settings.reconnect_longest));
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS,
                   millis(settings.reconnect_longest));
  // Retries are ours to decide, call by call.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetUserAgentPrefix("real-streaming");
  return grpc::CreateCustomChannel(settings.endpoint, credentials(settings, tokens), arguments);
}

}  // namespace rs::google
