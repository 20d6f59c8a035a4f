#include "google/impersonation.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "google/token_request.h"

namespace rs::google {
namespace {

class ImpersonatedTokens final : public TokenFetcher {
 public:
  ImpersonatedTokens(std::unique_ptr<TokenFetcher> source, std::string url,
                     const std::vector<std::string>& delegates)
      : source_(std::move(source)), url_(std::move(url)) {
    std::string list;
    for (const auto& each : delegates) {
      list += list.empty() ? "\"" : ",\"";
      append_json_escaped(list, each);
      list += '"';
    }
    body_ = fmt::format(R"({{"scope":["{}"],"lifetime":"3600s","delegates":[{}]}})", kScope, list);
  }

  Result<Token> fetch(WallClock::time_point now, const std::stop_token& stop) override {
    RS_TRY(const auto source, source_->fetch(now, stop));
    return request_token({.method = "POST",
                          .url = url_,
                          .headers = {{"Content-Type", "application/json"},
                                      {"Authorization", "Bearer " + source.value}},
                          .body = body_,
                          .stop = stop},
                         now);
  }

 private:
  const std::unique_ptr<TokenFetcher> source_;
  const std::string url_;
  std::string body_;
};

}  // namespace

std::unique_ptr<TokenFetcher> impersonated_tokens(std::unique_ptr<TokenFetcher> source,
                                                  std::string url,
                                                  const std::vector<std::string>& delegates) {
  return std::make_unique<ImpersonatedTokens>(std::move(source), std::move(url), delegates);
}

}  // namespace rs::google
