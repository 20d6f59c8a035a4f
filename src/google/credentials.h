#pragma once
// Finds out as whom this program calls Google's services, in the order of every Google client
// (cloud.google.com/docs/authentication/application-default-credentials):
//   GOOGLE_APPLICATION_CREDENTIALS, the file of `gcloud auth application-default login`, the
//   metadata server.
// An Error names the place, what is wrong with it and what to do; a retryable one means that the
// place cannot be asked now.

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "google/json.h"
#include "google/token_source.h"

namespace rs::google {

struct CredentialPlaces {
  std::string key_file;       // GOOGLE_APPLICATION_CREDENTIALS; empty when it is not set.
  std::string gcloud_folder;  // CLOUDSDK_CONFIG, else ~/.config/gcloud.
  std::string metadata_host = "metadata.google.internal";  // GCE_METADATA_HOST.

  [[nodiscard]] static CredentialPlaces of_environment();
};

// May wait a second for a metadata server that does not answer, or until `stop`: kUnavailable.
[[nodiscard]] Result<std::shared_ptr<TokenSource>> find_credentials(
    const CredentialPlaces& places = CredentialPlaces::of_environment(),
    const std::stop_token& stop = {});

// A credential document (type service_account, authorized_user, external_account or
// impersonated_service_account) as a source of tokens.
[[nodiscard]] Result<std::unique_ptr<TokenFetcher>> tokens_of(const Json& document);

}  // namespace rs::google
