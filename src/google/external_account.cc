#include "google/external_account.h"

#include <utility>

#include <fmt/format.h>

#include "google/file_text.h"
#include "google/impersonation.h"
#include "google/token_request.h"

namespace rs::google {
namespace {

// Where the foreign token comes from.
struct SubjectSource {
  std::string file;
  HttpRequest url;    // When `file` is empty.
  std::string field;  // Of the JSON that is found there; empty when it is the token itself.
};

Result<std::string> read_subject(const SubjectSource& source, const std::stop_token& stop) {
  std::string text;
  if (!source.file.empty()) {
    RS_TRY(text, file_text(source.file));
  } else {
    auto request = source.url;
    request.stop = stop;
    RS_TRY(auto response, send(request));
    if (response.status != 200) {
      return fail(ErrorCode::kUnavailable, fmt::format("{} answered {} instead of a token",
                                                       origin_of(source.url.url), response.status));
    }
    text = std::move(response.body);
  }
  if (!source.field.empty()) {
    RS_TRY(const auto json, Json::parse(text));
    return required(json, source.field);
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

class ExternalAccountTokens final : public TokenFetcher {
 public:
  ExternalAccountTokens(SubjectSource source, std::string url,
                        std::vector<std::pair<std::string, std::string>> fields)
      : source_(std::move(source)), url_(std::move(url)), fields_(std::move(fields)) {}

  Result<Token> fetch(WallClock::time_point now, const std::stop_token& stop) override {
    RS_TRY(auto subject, read_subject(source_, stop));
    auto fields = fields_;
    fields.emplace_back("subject_token", std::move(subject));
    return request_token({.method = "POST",
                          .url = url_,
                          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                          .body = form(fields),
                          .stop = stop},
                         now);
  }

 private:
  const SubjectSource source_;
  const std::string url_;
  const std::vector<std::pair<std::string, std::string>> fields_;
};

Result<SubjectSource> subject_source(const Json& document) {
  SubjectSource source;
  source.file = document.text("/credential_source/file");
  source.url.url = document.text("/credential_source/url");
  if (source.file.empty() && source.url.url.empty()) {
    return fail(ErrorCode::kRefused,
                "its credential_source is neither a file nor a url, and others (executable, "
                "environment_id of AWS) are not supported: use a service account key or the "
                "metadata server");
  }
  // Known names are few: JSON of any other shape is not walked.
  for (const char* name : {"Authorization", "Metadata", "Metadata-Flavor", "Accept"}) {
    auto value = document.text(fmt::format("/credential_source/headers/{}", name));
    if (!value.empty()) source.url.headers.emplace_back(name, std::move(value));
  }
  if (document.text("/credential_source/format/type") == "json") {
    source.field = document.text("/credential_source/format/subject_token_field_name");
    if (source.field.empty()) source.field = "access_token";
  }
  return source;
}

}  // namespace

Result<std::unique_ptr<TokenFetcher>> external_account_tokens(const Json& document) {
  RS_TRY(auto source, subject_source(document));
  RS_TRY(auto audience, required(document, "audience"));
  RS_TRY(auto type, required(document, "subject_token_type"));
  auto url = document.text("/token_url");
  if (url.empty()) url = "https://sts.googleapis.com/v1/token";
  std::unique_ptr<TokenFetcher> tokens = std::make_unique<ExternalAccountTokens>(
      std::move(source), std::move(url),
      std::vector<std::pair<std::string, std::string>>{
          {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
          {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
          {"audience", std::move(audience)},
          {"scope", kScope},
          {"subject_token_type", std::move(type)}});
  if (auto account = document.text("/service_account_impersonation_url"); !account.empty()) {
    tokens = impersonated_tokens(std::move(tokens), std::move(account), {});
  }
  return tokens;
}

}  // namespace rs::google
