#include "google/metadata_server.h"

#include <utility>

#include <fmt/format.h>

#include "google/token_request.h"

namespace rs::google {
namespace {

HttpRequest ask(const std::string& host, std::string_view path, const std::stop_token& stop) {
  return {.url = fmt::format("http://{}/{}", host, path),
          .headers = {{"Metadata-Flavor", "Google"}},
          .through_proxy = false,
          .stop = stop};
}

class MetadataServerTokens final : public TokenFetcher {
 public:
  explicit MetadataServerTokens(std::string host) : host_(std::move(host)) {}

  Result<Token> fetch(WallClock::time_point now, const std::stop_token& stop) override {
    return request_token(
        ask(host_,
            fmt::format("computeMetadata/v1/instance/service-accounts/default/token?scopes={}",
                        percent_encode(kScope)),
            stop),
        now);
  }

 private:
  const std::string host_;
};

}  // namespace

Result<std::unique_ptr<TokenFetcher>> metadata_server_tokens(const std::string& host,
                                                             const std::stop_token& stop) {
  auto probe = ask(host, "", stop);
  probe.timeout = std::chrono::seconds(1);
  const auto answer = send(probe);
  if (!answer || answer->header("metadata-flavor") != "Google") {
    return fail(ErrorCode::kNotFound, fmt::format("there is no metadata server at {}", host));
  }
  return std::make_unique<MetadataServerTokens>(host);
}

}  // namespace rs::google
