#include "pages/pages.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pages/asset_paths.h"
#include "pages/health.h"
#include "pages/template.h"

namespace rs::pages {
namespace {

using testing::HasSubstr;
using testing::Not;

http::Request with_tag(std::string_view if_none_match) {
  http::Request request;
  request.known[static_cast<std::size_t>(http::Known::kIfNoneMatch)] = if_none_match;
  return request;
}

std::string header(const http::Response& response, std::string_view name) {
  const std::string line = std::string(name) + ": ";
  const auto at = response.headers.find(line);
  if (at == std::string::npos) return "";
  const auto from = at + line.size();
  return response.headers.substr(from, response.headers.find("\r\n", from) - from);
}

std::string_view body(const http::Response& response) {
  return response.shared_body.data() != nullptr ? response.shared_body : response.body;
}

// Where the links of an HTML page lead when it lies in the folder `base`.
std::vector<std::string> links(const http::Response& page, const std::string& base) {
  std::vector<std::string> out;
  if (page.content_type.find("html") == std::string_view::npos) return out;
  const std::string_view html = body(page);
  for (const std::string_view attribute : {"src=\"", "href=\""}) {
    for (auto at = html.find(attribute); at != std::string_view::npos;
         at = html.find(attribute, at + 1)) {
      const auto from = at + attribute.size();
      std::string target(html.substr(from, html.find('"', from) - from));
      std::string folder = base;
      if (target.starts_with("../")) {
        folder.erase(folder.rfind('/', folder.size() - 2) + 1);
        target.erase(0, 3);
      }
      out.push_back(folder + target);
    }
  }
  return out;
}

class PagesTest : public testing::Test {
 protected:
  http::Response ask(std::string_view path, std::string_view if_none_match = {}) const {
    http::Response response;
    EXPECT_TRUE(pages_.serve(path, with_tag(if_none_match), response)) << path;
    return response;
  }

  const Pages pages_{Settings{{}, "", "1.2.3"}};
};

TEST_F(PagesTest, ServesEveryRouteThatIsAPageAndNoOther) {
  for (const Route& route : routes({})) {
    http::Response response;
    EXPECT_EQ(pages_.serve(route.path, {}, response), route.endpoint == Endpoint::kPage)
        << route.path;
    if (route.endpoint != Endpoint::kPage) continue;
    EXPECT_EQ(response.status, 200) << route.path;
    EXPECT_FALSE(response.content_type.empty()) << route.path;
    EXPECT_FALSE(body(response).empty()) << route.path;
    EXPECT_NE(header(response, "ETag"), "") << route.path;
    EXPECT_NE(header(response, "Cache-Control"), "") << route.path;
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << route.path;
  }
}

TEST_F(PagesTest, LeavesUnknownPathsAlone) {
  for (const std::string_view path :
       {"", "/doc", "/docs//", "/docs/assets/", "/docs/assets/style.css", "/api/v1/fetch/v7.js",
        "/api/v1/fetch/../../../etc/passwd", "/openapi.json//"}) {
    http::Response response;
    EXPECT_FALSE(pages_.serve(path, {}, response)) << path;
    EXPECT_TRUE(response.headers.empty() && response.body.empty()) << path;
  }
}

TEST_F(PagesTest, ServesTheSameWithASlashAtTheEnd) {
  for (const Route& route : routes({})) {
    if (route.endpoint != Endpoint::kPage) continue;
    const http::Response page = ask(route.path + (route.path == "/" ? "" : "/"));
    EXPECT_EQ(page.status, 200) << route.path;
    const http::Response plain = ask(route.path);
    EXPECT_EQ(page.content_type, plain.content_type) << route.path;
    // Links that are relative to the page lead to the same places.
    const std::string base = route.path == "/" ? "/" : route.path + "/";
    EXPECT_EQ(links(page, base), links(plain, "/")) << route.path;
  }
}

TEST_F(PagesTest, AnswersNotModifiedToWhoHoldsThePage) {
  for (const Route& route : routes({})) {
    if (route.endpoint != Endpoint::kPage) continue;
    const std::string etag = header(ask(route.path), "ETag");
    const http::Response response = ask(route.path, etag);
    EXPECT_EQ(response.status, 304) << route.path;
    EXPECT_TRUE(body(response).empty()) << route.path;
    EXPECT_EQ(header(response, "ETag"), etag) << route.path;
    EXPECT_EQ(ask(route.path, "W/\"other\"").status, 200) << route.path;
  }
}

TEST_F(PagesTest, NamesOnlyScriptsAndStylesThatAreServedHere) {
  for (const std::string_view path : {"/", "/docs", "/redoc"}) {
    const http::Response page = ask(path);
    const std::string_view html = body(page);
    EXPECT_THAT(std::string(html), Not(HasSubstr("{{"))) << path;
    EXPECT_THAT(std::string(html), HasSubstr("1.2.3")) << path;
    int links = 0;
    for (const std::string_view attribute : {"src=\"", "href=\""}) {
      for (auto at = html.find(attribute); at != std::string_view::npos;
           at = html.find(attribute, at + 1)) {
        const auto from = at + attribute.size();
        const std::string_view target = html.substr(from, html.find('"', from) - from);
        EXPECT_EQ(target.find(':'), std::string_view::npos) << path << " links " << target;
        if (target.substr(0, 12) != "docs/assets/") continue;
        ++links;
        EXPECT_EQ(ask("/" + std::string(target)).status, 200) << target;
      }
    }
    EXPECT_GE(links, 2) << path;
  }
}

TEST_F(PagesTest, AllowsScriptsOnlyFromItself) {
  for (const std::string_view path : {"/", "/docs", "/redoc", "/docs/licenses", "/openapi.json"}) {
    const std::string policy = header(ask(path), "Content-Security-Policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'")) << path;
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'self'")) << path;
    EXPECT_THAT(policy, Not(HasSubstr("script-src 'self' 'unsafe"))) << path;
    EXPECT_THAT(policy, Not(HasSubstr("http"))) << path;
  }
}

TEST_F(PagesTest, LetsBrowsersKeepAssetsForEverAndPagesNotUnasked) {
  EXPECT_THAT(header(ask(kAssets[0].path()), "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(header(ask("/docs"), "Cache-Control"), "no-cache");
  EXPECT_EQ(header(ask("/openapi.json"), "Cache-Control"), "no-cache");
}

TEST_F(PagesTest, NamesNoOtherHostForRedocsLogo) {
  EXPECT_THAT(std::string(assets::kRedocBundle), Not(HasSubstr("cdn.redoc.ly")));
}

TEST_F(PagesTest, ServesTheLicensesOfItsParts) {
  const std::string text(body(ask("/docs/licenses")));
  for (const char* part :
       {"Apache License", "SmartBear Software", "MIT License", "Rebilly", "DOMPurify", "React"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(PagesTest, ServesTheTrackerAsAScriptThatAnySiteMayLoad) {
  const http::Response response = ask("/api/v1/fetch/v6.js");
  EXPECT_EQ(response.content_type, "application/javascript");
  EXPECT_EQ(header(response, "Cross-Origin-Resource-Policy"), "cross-origin");
  EXPECT_THAT(std::string(body(response)), HasSubstr("window.dataTagSendData"));
  EXPECT_THAT(std::string(body(response)), HasSubstr("window.dataTagGetData"));
}

TEST_F(PagesTest, EscapesSettingsInPages) {
  const Pages pages(Settings{{"/<b>\"", "/v1", "/streaming", "/fetch"}, "", "<1>"});
  http::Response response;
  ASSERT_TRUE(pages.serve("/", {}, response));
  EXPECT_THAT(std::string(body(response)), HasSubstr("/&lt;b&gt;&quot;/v1/streaming/1"));
  EXPECT_THAT(std::string(body(response)), Not(HasSubstr("<b>")));
}

TEST(IfNoneMatch, ComparesWeaklyAndReadsLists) {
  const std::string_view etag = "W/\"abc\"";
  for (const std::string_view field :
       {"W/\"abc\"", "\"abc\"", "*", " * ", "\"x\", W/\"abc\"", "\"x\",\"abc\" ", "\"abc\",,"}) {
    EXPECT_TRUE(client_holds(field, etag)) << field;
  }
  for (const std::string_view field :
       {"", "\"ab\"", "abc", "W/", "\"x\", \"y\"", "w/\"abc\"", ","}) {
    EXPECT_FALSE(client_holds(field, etag)) << field;
  }
  EXPECT_FALSE(client_holds(std::string_view{}, etag));
}

TEST(Health, IsOkAndNeverCached) {
  http::Response response;
  fill_health(response);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(body(response), R"({"status":"ok"})");
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
}

TEST(ReadinessPage, IsOkWithoutReasons) {
  http::Response response;
  fill_readiness({}, response);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(body(response), R"({"status":"ok","reasons":[]})");
}

TEST(ReadinessPage, IsUnavailableAndSaysWhy) {
  http::Response response;
  fill_readiness({{"sink local: \"disk\" full", "queue full"}}, response);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(body(response),
            R"({"status":"unavailable","reasons":["sink local: \"disk\" full","queue full"]})");
}

TEST(Template, ReplacesEveryPlaceholderOnceAndKeepsTheRest) {
  const std::vector<Replacement> replacements = {{"{{a}}", "{{b}}"}, {"{{b}}", "2"}};
  EXPECT_EQ(filled("x{{a}}y{{b}}{{a}}{{c}}", replacements), "x{{b}}y2{{b}}{{c}}");
  EXPECT_EQ(filled("", replacements), "");
}

}  // namespace
}  // namespace rs::pages
