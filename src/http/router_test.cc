#include "http/router.h"

#include <string>

#include <gtest/gtest.h>

namespace rs::http {
namespace {

using Kind = RouteMatch::Kind;

struct Case {
  Method method;
  std::string_view path;
  Kind kind;
  int route;
  std::string_view parameter, allow;
};

TEST(Router, FindsRoutesMethodsAndParameters) {
  Router router;
  router.add_parameter(Method::kPost, "/api/v1/streaming/", 0);
  router.add(Method::kGet, "/docs", 1);
  router.add(Method::kGet, "/both", 2);
  router.add(Method::kPost, "/both", 3);
  router.add(Method::kGet, "/a b", 4);
  router.add(Method::kGet, "/", 5);
  router.add(Method::kPost, "/debug/g/collect", 8);
  router.add_suffix(Method::kGet, "/g/collect", 6);
  router.add_suffix(Method::kPost, "/g/collect", 7);
  const Case cases[] = {
      {Method::kPost, "/api/v1/streaming/1", Kind::kFound, 0, "1", "POST"},
      {Method::kPost, "/api/v1/streaming/%31%32", Kind::kFound, 0, "12", "POST"},
      {Method::kPost, "/api/v1/streaming/x", Kind::kFound, 0, "x", "POST"},
      {Method::kGet, "/api/v1/streaming/1", Kind::kMethodNotAllowed, -1, "1", "POST"},
      {Method::kHead, "/api/v1/streaming/1", Kind::kMethodNotAllowed, -1, "1", "POST"},
      {Method::kPost, "/api/v1/streaming/", Kind::kNotFound, -1, "", ""},
      {Method::kPost, "/api/v1/streaming", Kind::kNotFound, -1, "", ""},
      {Method::kPost, "/api/v1/streaming/1/", Kind::kFound, 0, "1", "POST"},
      {Method::kPost, "/api/v1/streaming/1%2F", Kind::kFound, 0, "1", "POST"},
      {Method::kGet, "/api/v1/streaming/1/", Kind::kMethodNotAllowed, -1, "1", "POST"},
      {Method::kPost, "/api/v1/streaming/1//", Kind::kNotFound, -1, "", ""},
      {Method::kPost, "/api/v1/streaming//", Kind::kNotFound, -1, "", ""},
      {Method::kPost, "/api/v1/streaming/1%2f2", Kind::kNotFound, -1, "", ""},
      {Method::kGet, "/docs", Kind::kFound, 1, "", "GET, HEAD"},
      {Method::kHead, "/docs", Kind::kFound, 1, "", "GET, HEAD"},
      {Method::kGet, "/%64ocs", Kind::kFound, 1, "", "GET, HEAD"},
      {Method::kOptions, "/docs", Kind::kMethodNotAllowed, -1, "", "GET, HEAD"},
      {Method::kOther, "/docs", Kind::kMethodNotAllowed, -1, "", "GET, HEAD"},
      {Method::kGet, "/docs/", Kind::kFound, 1, "", "GET, HEAD"},
      {Method::kGet, "/%64ocs/", Kind::kFound, 1, "", "GET, HEAD"},
      {Method::kGet, "/docs//", Kind::kNotFound, -1, "", ""},
      {Method::kGet, "/", Kind::kFound, 5, "", "GET, HEAD"},
      {Method::kGet, "//", Kind::kFound, 5, "", "GET, HEAD"},
      {Method::kGet, "/Docs", Kind::kNotFound, -1, "", ""},
      {Method::kPost, "/both", Kind::kFound, 3, "", "GET, HEAD, POST"},
      {Method::kOptions, "/both", Kind::kMethodNotAllowed, -1, "", "GET, HEAD, POST"},
      {Method::kGet, "/a%20b", Kind::kFound, 4, "", "GET, HEAD"},
      {Method::kGet, "/a%2", Kind::kNotFound, -1, "", ""},
      {Method::kGet, "*", Kind::kNotFound, -1, "", ""},
      {Method::kGet, "/g/collect", Kind::kFound, 6, "", "GET, HEAD, POST"},
      {Method::kPost, "/shop/x/g/collect", Kind::kFound, 7, "", "GET, HEAD, POST"},
      {Method::kPost, "/shop%2fg/collect", Kind::kFound, 7, "", "GET, HEAD, POST"},
      {Method::kPost, "/debug/g/collect", Kind::kFound, 8, "", "POST"},
      {Method::kPost, "/xg/collect", Kind::kNotFound, -1, "", ""},
      {Method::kPost, "/g/collect/x", Kind::kNotFound, -1, "", ""},
  };
  for (const auto& one : cases) {
    Request request;
    request.method = one.method;
    request.path = one.path;
    const RouteMatch match = router.match(request);
    EXPECT_EQ(match.kind, one.kind) << one.path;
    EXPECT_EQ(match.route, one.route) << one.path;
    EXPECT_EQ(match.parameter, one.parameter) << one.path;
    EXPECT_EQ(match.allow, one.allow) << one.path;
  }
}

}  // namespace
}  // namespace rs::http
