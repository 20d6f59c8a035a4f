// Every kind of credentials against servers of the test's own, and the order in which they are
// looked for. Case 46 of bigquery.md section 7 is here; 44 and 45 are in
// google/token_source_test.cc.
#include "google/credentials.h"

#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/text.h"
#include "direct/http_stub.h"
#include "google/json.h"
#include "google/rest_client.h"

namespace rs::direct {
namespace {

using google::find_credentials;
using testing::HasSubstr;

struct RsaKey {
  RsaKey() : key(EVP_RSA_gen(2048)) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio, &text);
    pem.assign(text, static_cast<std::size_t>(size));
    BIO_free(bio);
  }
  ~RsaKey() { EVP_PKEY_free(key); }
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;
  EVP_PKEY* key;
  std::string pem;
};

std::string from_base64url(std::string text) {
  for (auto& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return decode_base64(text).value();
}

class Credentials : public testing::Test {
 protected:
  Credentials() {
    std::string name = testing::TempDir() + "credentials_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    places_.gcloud_folder = folder_.string() + "/gcloud";
    places_.metadata_host = "127.0.0.1:1";  // Nobody's port.
    std::filesystem::create_directory(places_.gcloud_folder);
  }
  ~Credentials() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  Result<std::string> token_of(const std::string& document) {
    places_.key_file = write("key.json", document);
    auto tokens = find_credentials(places_);
    if (!tokens) return tl::unexpected(tokens.error());
    return (*tokens)->token();
  }
  std::string service_account() {
    std::string pem;
    append_json_escaped(pem, key_.pem);
    return fmt::format(
        R"({{"type":"service_account","client_email":"me@p.iam","private_key_id":"k1",)"
        R"("private_key":"{}","quota_project_id":"payer"}})",
        pem);
  }

  RsaKey key_;
  std::filesystem::path folder_;
  google::CredentialPlaces places_;
};

TEST_F(Credentials, Case46OfAServiceAccountAreSignedHereAndBackdated) {
  const auto token = token_of(service_account());
  ASSERT_TRUE(token) << token.error().message;
  const auto first = token->find('.'), second = token->rfind('.');
  const auto header = google::Json::parse(from_base64url(token->substr(0, first))).value();
  const auto claims =
      google::Json::parse(from_base64url(token->substr(first + 1, second - first - 1))).value();
  EXPECT_EQ(header.text("/alg"), "RS256");
  EXPECT_EQ(header.text("/kid"), "k1");
  EXPECT_EQ(claims.text("/iss"), "me@p.iam");
  EXPECT_EQ(claims.text("/sub"), "me@p.iam");
  EXPECT_EQ(claims.text("/scope"), google::kScope);
  const auto now = std::time(nullptr), issued = std::stol(claims.text("/iat"));
  EXPECT_NEAR(static_cast<double>(now - issued), 60, 5);
  EXPECT_EQ(std::stol(claims.text("/exp")), issued + 3600);

  const auto signature = from_base64url(token->substr(second + 1));
  const auto signed_part = token->substr(0, second);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key_.key);
  EXPECT_EQ(EVP_DigestVerify(
                context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size()),
            1);
  EVP_MD_CTX_free(context);
  EXPECT_EQ(find_credentials(places_).value()->quota_project(), "payer");
}

TEST_F(Credentials, OfAUserAreRefreshed) {
  HttpStub stub([](const std::string& request) -> HttpStub::Answer {
    EXPECT_THAT(request, HasSubstr("grant_type=refresh_token&client_id=id&client_secret=s%2Fx&"
                                   "refresh_token=r"));
    return {.body = R"({"access_token":"fresh","expires_in":3599})"};
  });
  const auto token = token_of(fmt::format(
      R"({{"type":"authorized_user","client_id":"id","client_secret":"s/x","refresh_token":"r",)"
      R"("token_uri":"{}/token"}})",
      stub.url()));
  EXPECT_EQ(token.value_or(""), "fresh");
}

TEST_F(Credentials, OfTheMachineComeFromTheMetadataServer) {
  HttpStub stub([](const std::string& request) -> HttpStub::Answer {
    EXPECT_THAT(request, HasSubstr("Metadata-Flavor: Google"));
    return {.body = R"({"access_token":"machine","expires_in":3599,"token_type":"Bearer"})",
            .headers = "Metadata-Flavor: Google\r\n"};
  });
  places_.metadata_host = stub.address();
  EXPECT_EQ(find_credentials(places_).value()->token().value_or(""), "machine");
  EXPECT_THAT(stub.requests().back(),
              HasSubstr("GET /computeMetadata/v1/instance/service-accounts/default/token?scopes="));
}

TEST_F(Credentials, OfAWorkloadAreExchangedAndMayActAsAServiceAccount) {
  HttpStub stub([](const std::string& request) -> HttpStub::Answer {
    if (request.find("POST /sts") == 0) {
      EXPECT_THAT(request, HasSubstr("subject_token=foreign"));
      EXPECT_THAT(request, HasSubstr("audience=%2F%2Fiam%2Fx"));
      return {.body = R"({"access_token":"federated","expires_in":3600})"};
    }
    if (request.find("GET /subject") == 0) return {.body = R"({"value":"foreign"})"};
    EXPECT_THAT(request, HasSubstr("Authorization: Bearer federated"));
    return {.body = R"({"accessToken":"acting","expireTime":"2999-01-01T00:00:00Z"})"};
  });
  const auto document = [&](const std::string& source) {
    return fmt::format(
        R"({{"type":"external_account","audience":"//iam/x","subject_token_type":"jwt",)"
        R"("token_url":"{0}/sts","credential_source":{1},)"
        R"("service_account_impersonation_url":"{0}/v1/sa:generateAccessToken"}})",
        stub.url(), source);
  };
  const auto file = write("subject", "foreign\n");
  EXPECT_EQ(token_of(document(fmt::format(R"({{"file":"{}"}})", file))).value_or(""), "acting");
  EXPECT_EQ(token_of(document(fmt::format(
                         R"({{"url":"{}/subject","headers":{{"Authorization":"x"}},)"
                         R"("format":{{"type":"json","subject_token_field_name":"value"}}}})",
                         stub.url())))
                .value_or(""),
            "acting");
  const auto refused = token_of(document(R"({"executable":{"command":"x"}})"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("neither a file nor a url"));
}

TEST_F(Credentials, MayActAsAServiceAccountThroughOthers) {
  HttpStub stub([](const std::string& request) -> HttpStub::Answer {
    EXPECT_THAT(request, HasSubstr(R"("delegates":["a","b"])"));
    return {.body = R"({"accessToken":"acting","expireTime":"2999-01-01T00:00:00Z"})"};
  });
  EXPECT_EQ(token_of(fmt::format(R"({{"type":"impersonated_service_account","delegates":["a","b"],)"
                                 R"("service_account_impersonation_url":"{}/x",)"
                                 R"("source_credentials":{}}})",
                                 stub.url(), service_account()))
                .value_or(""),
            "acting");
}

TEST_F(Credentials, AreLookedForInTheOrderOfEveryGoogleClient) {
  const auto none = find_credentials(places_);
  ASSERT_FALSE(none);
  EXPECT_FALSE(none.error().retryable());
  EXPECT_THAT(none.error().message, HasSubstr("gcloud auth application-default login"));
  write("gcloud/application_default_credentials.json", service_account());
  EXPECT_TRUE(find_credentials(places_));
  places_.key_file = folder_.string() + "/absent.json";  // Named, so nothing else is tried.
  const auto absent = find_credentials(places_);
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().message, HasSubstr("absent.json cannot be read: No such file"));
}

struct BadDocument {
  std::string text, says;
};

TEST_F(Credentials, ThatCannotBeUsedAreRefusedWithTheReason) {
  const std::vector<BadDocument> cases = {
      {"", "not JSON"},
      {"[]", "not a JSON object"},
      {R"({"type":"gdch_service_account"})", "its type is \"gdch_service_account\""},
      {R"({"type":"service_account","client_email":"a"})", "it has no \"private_key\""},
      {R"({"type":"service_account","client_email":"a","private_key":"b"})", "not a PEM"},
      {R"({"type":"authorized_user","client_id":"a"})", "it has no \"client_secret\""},
      {R"({"type":"impersonated_service_account"})", "service_account_impersonation_url"},
  };
  for (const auto& each : cases) {
    const auto token = token_of(each.text);
    ASSERT_FALSE(token) << each.text;
    EXPECT_FALSE(token.error().retryable());
    EXPECT_THAT(token.error().message, HasSubstr(each.says));
    EXPECT_THAT(token.error().message, HasSubstr("GOOGLE_APPLICATION_CREDENTIALS"));
  }
}

TEST_F(Credentials, SayThatTheClockIsWrongWhenATokenServerSaysSo) {
  HttpStub stub([](const std::string&) -> HttpStub::Answer {
    return {.status = 400,
            .body = R"({"error":"invalid_grant","error_description":"Invalid JWT"})",
            .headers = "Date: Wed, 01 Jan 2020 00:00:00 GMT\r\n"};
  });
  const auto token = token_of(fmt::format(
      R"({{"type":"authorized_user","client_id":"id","client_secret":"s","refresh_token":"r",)"
      R"("token_uri":"{}"}})",
      stub.url()));
  ASSERT_FALSE(token);
  EXPECT_FALSE(token.error().retryable());
  EXPECT_THAT(token.error().message, HasSubstr("invalid_grant: Invalid JWT"));
  EXPECT_THAT(token.error().message, HasSubstr("clock is"));
  EXPECT_THAT(token.error().message, testing::Not(HasSubstr("refresh_token")));
}

TEST_F(Credentials, AreSentWithRestCallsAndRenewedOnceWhenRefused) {
  std::atomic<int> tokens = 0;
  HttpStub stub([&](const std::string& request) -> HttpStub::Answer {
    if (request.find("POST /token") == 0) {
      return {.body = fmt::format(R"({{"access_token":"t{}","expires_in":3599}})", ++tokens)};
    }
    if (request.find("Authorization: Bearer t2\r\n") != std::string::npos) {
      return {.body = R"({"found":"yes"})"};
    }
    return {.status = 401, .body = R"({"error":{"message":"Invalid Credentials"}})"};
  });
  places_.key_file = write(
      "key.json", fmt::format(R"({{"type":"authorized_user","client_id":"i","client_secret":"s",)"
                              R"("refresh_token":"r","token_uri":"{}/token"}})",
                              stub.url()));
  const google::RestClient rest(stub.url(), find_credentials(places_).value());
  EXPECT_EQ(rest.call({.path = "/thing"}).value().text("/found"), "yes");
  EXPECT_EQ(tokens, 2);
}

TEST_F(Credentials, AreNeverSentToWhereARedirectPoints) {
  HttpStub other([](const std::string&) -> HttpStub::Answer { return {.body = "{}"}; });
  HttpStub stub([&](const std::string&) -> HttpStub::Answer {
    return {.status = 302, .headers = "Location: " + other.url() + "/\r\n"};
  });
  const google::RestClient rest(stub.url(), nullptr);
  const auto answer = rest.call({.path = "/thing"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 302);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(Credentials, AreNotWaitedForBeyondTheBoundOfAnAnswer) {
  HttpStub stub([&](const std::string&) -> HttpStub::Answer {
    return {.body = std::string(17 * 1024 * 1024, ' ')};
  });
  const google::RestClient rest(stub.url(), nullptr);
  const auto answer = rest.call({.path = "/thing"});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().error.message, HasSubstr("more than 16777216 bytes"));
}

}  // namespace
}  // namespace rs::direct
