#include "google/credentials.h"

#include <utility>

#include <fmt/format.h>

#include "base/environment.h"
#include "google/authorized_user.h"
#include "google/external_account.h"
#include "google/file_text.h"
#include "google/impersonation.h"
#include "google/metadata_server.h"
#include "google/service_account.h"
#include "google/token_request.h"

namespace rs::google {
namespace {

Result<std::unique_ptr<TokenFetcher>> impersonated_service_account(const Json& document) {
  RS_TRY(auto url, required(document, "service_account_impersonation_url"));
  const auto source = document.raw("/source_credentials");
  if (!source) return fail(ErrorCode::kRefused, "it has no \"source_credentials\"");
  RS_TRY(const auto inner, Json::parse(*source));
  RS_TRY(auto tokens, tokens_of(inner));
  std::vector<std::string> delegates;
  for (std::size_t i = 0; i < document.count("/delegates"); ++i) {
    delegates.push_back(document.text(fmt::format("/delegates/{}", i)));
  }
  return impersonated_tokens(std::move(tokens), std::move(url), delegates);
}

// `place` is how an operator knows the file.
Result<std::shared_ptr<TokenSource>> read_document(const std::string& path,
                                                   const std::string& place) {
  auto text = file_text(path);
  if (!text) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("{}: {}. Let it name a readable key file of a service account, or unset "
                    "it to use gcloud's or the machine's own credentials",
                    place, text.error().message));
  }
  const auto why = [&](const Error& error) {
    return fail(
        error.retryable() ? error.code : ErrorCode::kRefused,
        fmt::format("{}: {} cannot be used as credentials: {}", place, path, error.message));
  };
  const auto json = Json::parse(*text);
  if (!json) return why(json.error());
  auto tokens = tokens_of(*json);
  if (!tokens) return why(tokens.error());
  return std::make_shared<TokenSource>(*std::move(tokens), json->text("/quota_project_id"));
}

}  // namespace

CredentialPlaces CredentialPlaces::of_environment() {
  CredentialPlaces places;
  places.key_file = environment("GOOGLE_APPLICATION_CREDENTIALS");
  places.gcloud_folder = environment("CLOUDSDK_CONFIG");
  const auto home = environment("HOME");
  if (places.gcloud_folder.empty() && !home.empty()) {
    places.gcloud_folder = home + "/.config/gcloud";
  }
  const auto host = environment("GCE_METADATA_HOST");
  if (!host.empty()) places.metadata_host = host;
  return places;
}

Result<std::unique_ptr<TokenFetcher>> tokens_of(const Json& document) {
  const auto type = document.text("/type");
  if (type == "service_account") return service_account_tokens(document);
  if (type == "authorized_user") return authorized_user_tokens(document);
  if (type == "external_account") return external_account_tokens(document);
  if (type == "impersonated_service_account") return impersonated_service_account(document);
  return fail(ErrorCode::kRefused,
              fmt::format("its type is \"{}\"; known are service_account, authorized_user, "
                          "external_account and impersonated_service_account",
                          type));
}

Result<std::shared_ptr<TokenSource>> find_credentials(const CredentialPlaces& places,
                                                      const std::stop_token& stop) {
  if (!places.key_file.empty()) {
    return read_document(places.key_file, "GOOGLE_APPLICATION_CREDENTIALS");
  }
  const auto gcloud = places.gcloud_folder + "/application_default_credentials.json";
  if (!places.gcloud_folder.empty()) {
    const auto text = file_text(gcloud);
    if (text || text.error().code != ErrorCode::kNotFound) {
      return read_document(gcloud, "gcloud's application default credentials");
    }
  }
  auto machine = metadata_server_tokens(places.metadata_host, stop);
  if (machine) return std::make_shared<TokenSource>(*std::move(machine));
  if (stop.stop_requested()) {
    return fail(ErrorCode::kUnavailable, "the program stops while it looks for credentials");
  }
  return fail(ErrorCode::kRefused,
              fmt::format("no Google credentials were found: GOOGLE_APPLICATION_CREDENTIALS is not "
                          "set, there is no {}, and {}. Set GOOGLE_APPLICATION_CREDENTIALS to a "
                          "service account's key file, or run: gcloud auth application-default "
                          "login",
                          gcloud, machine.error().message));
}

}  // namespace rs::google
