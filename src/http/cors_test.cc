#include "http/cors.h"

#include <string>

#include <gtest/gtest.h>

namespace rs::http {
namespace {

CorsSettings settings() {
  return {.allowed_origins = {"https://shop.example.com", "http://localhost:3000",
                              "https://*.example.org"},
          .allow_credentials = true,
          .allow_methods = {"GET", "POST", "OPTIONS"},
          .allow_headers = {"Content-Type", "X-Requested-With"}};
}

Cors make(const CorsSettings& from) {
  auto cors = Cors::create(from);
  EXPECT_TRUE(cors) << cors.error().message;
  return *std::move(cors);
}

Request request(Method method, const char* origin) {
  Request out;
  out.method = method;
  if (origin != nullptr) out.known[static_cast<std::size_t>(Known::kOrigin)] = origin;
  return out;
}

void set(Request& request, Known field, const char* value) {
  request.known[static_cast<std::size_t>(field)] = value;
}

TEST(Cors, LetsAllowedOriginsReadTheAnswer) {
  const Cors cors = make(settings());
  for (const auto* origin : {"https://shop.example.com", "http://localhost:3000",
                             "https://a.example.org", "https://a.b-c.example.org"}) {
    Response response;
    cors.apply(request(Method::kPost, origin), response);
    EXPECT_EQ(response.headers, "Access-Control-Allow-Origin: " + std::string(origin) +
                                    "\r\nAccess-Control-Allow-Credentials: true\r\n"
                                    "Vary: Origin\r\n");
  }
}

TEST(Cors, TellsOtherOriginsNothing) {
  const Cors cors = make(settings());
  for (const auto* origin :
       {"https://example.org", "http://a.example.org", "https://a.example.org:8443",
        "https://.example.org", "https://x.a.example.org.evil.com", "https://evilexample.org",
        "https://evil.com/.example.org", "https://u@.example.org", "https://shop.example.com:443",
        "https://Shop.example.com", "https://shop.example.co", "null", ""}) {
    Response response;
    cors.apply(request(Method::kPost, origin), response);
    EXPECT_EQ(response.headers, "Vary: Origin\r\n") << origin;
  }
  Response response;
  cors.apply(request(Method::kPost, nullptr), response);
  EXPECT_EQ(response.headers, "Vary: Origin\r\n");
}

TEST(Cors, AddsNothingWhenNoOriginIsAllowed) {
  const Cors cors = make({});
  Response response;
  cors.apply(request(Method::kPost, "https://shop.example.com"), response);
  EXPECT_EQ(response.headers, "");
}

TEST(Cors, AnswersAnAllowedPreflight) {
  const Cors cors = make(settings());
  Request asked = request(Method::kOptions, "https://shop.example.com");
  set(asked, Known::kAccessControlRequestMethod, "POST");
  set(asked, Known::kAccessControlRequestHeaders, "content-type, x-requested-with");
  Response response;
  ASSERT_TRUE(cors.preflight(asked, response));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "OK");
  EXPECT_EQ(response.headers,
            "Access-Control-Allow-Origin: https://shop.example.com\r\n"
            "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n"
            "Access-Control-Allow-Methods: GET, POST, OPTIONS\r\nAccess-Control-Max-Age: 600\r\n"
            "Access-Control-Allow-Headers: Accept, Accept-Language, Content-Language, "
            "Content-Type, Sec-CH-UA, Sec-CH-UA-Arch, Sec-CH-UA-Bitness, Sec-CH-UA-Form-Factors, "
            "Sec-CH-UA-Full-Version, Sec-CH-UA-Full-Version-List, Sec-CH-UA-Mobile, "
            "Sec-CH-UA-Model, Sec-CH-UA-Platform, Sec-CH-UA-Platform-Version, "
            "X-Requested-With\r\n");
}

TEST(Cors, SaysWhatAPreflightMayNot) {
  const Cors cors = make(settings());
  Request asked = request(Method::kOptions, "https://evil.com");
  set(asked, Known::kAccessControlRequestMethod, "POST");
  Response response;
  ASSERT_TRUE(cors.preflight(asked, response));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, "Disallowed CORS origin");
  EXPECT_EQ(response.headers, "Vary: Origin\r\n");

  set(asked, Known::kOrigin, "https://shop.example.com");
  set(asked, Known::kAccessControlRequestMethod, "DELETE");
  set(asked, Known::kAccessControlRequestHeaders, "x-secret");
  response.reset();
  ASSERT_TRUE(cors.preflight(asked, response));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, "Disallowed CORS method, headers");
}

TEST(Cors, LeavesOtherRequestsAlone) {
  const Cors cors = make(settings());
  Response response;
  EXPECT_FALSE(cors.preflight(request(Method::kOptions, "https://shop.example.com"), response));
  Request post = request(Method::kPost, "https://shop.example.com");
  set(post, Known::kAccessControlRequestMethod, "POST");
  EXPECT_FALSE(cors.preflight(post, response));
  Request bare = request(Method::kOptions, nullptr);
  set(bare, Known::kAccessControlRequestMethod, "POST");
  EXPECT_FALSE(cors.preflight(bare, response));
}

TEST(Cors, AllowsEverybodyOnlyWithoutCredentials) {
  CorsSettings open = {.allowed_origins = {"*"},
                       .allow_credentials = false,
                       .allow_methods = {"POST"},
                       .allow_headers = {"*"}};
  const Cors cors = make(open);
  Request asked = request(Method::kOptions, "https://any.where");
  set(asked, Known::kAccessControlRequestMethod, "POST");
  set(asked, Known::kAccessControlRequestHeaders, "x-a, x-b");
  Response response;
  ASSERT_TRUE(cors.preflight(asked, response));
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.headers.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
  EXPECT_NE(response.headers.find("Access-Control-Allow-Headers: x-a, x-b\r\n"), std::string::npos);
  EXPECT_EQ(response.headers.find("Vary"), std::string::npos);
  open.allow_credentials = true;
  EXPECT_FALSE(Cors::create(open));
}

TEST(Cors, RefusesWhatIsNoOrigin) {
  for (const auto* origin :
       {"shop.example.com", "https://", "https://shop.example.com/", "https://Shop.example.com",
        "https://*", "https://*.", "https://a*.example.com", "*.example.com",
        "https://*.example.com/", "https://*.*.example.com", "https://a.com\r\nX: y"}) {
    EXPECT_FALSE(Cors::create({.allowed_origins = {origin},
                               .allow_credentials = true,
                               .allow_methods = {},
                               .allow_headers = {}}))
        << origin;
  }
}

}  // namespace
}  // namespace rs::http
