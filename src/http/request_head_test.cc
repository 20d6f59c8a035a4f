#include "http/request_head.h"

#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "coding/byte_buffer.h"
#include "http/field_names.h"
#include "http/reference_parser.h"

namespace rs::http {
namespace {

const std::string kBrowser =
    "POST /api/v1/streaming/1?a=b HTTP/1.1\r\nHost: collect.example.com\r\n"
    "Connection: keep-alive\r\nContent-Length: 15\r\nsec-ch-ua: \"Chromium\";v=\"124\"\r\n"
    "User-Agent: Mozilla/5.0 (X11) \xc3\xa4\r\nOrigin: https://shop.example.com\r\n"
    "Cookie: a=b; __uid__=x\r\nX-Empty:\r\nX-Blanks: \t y \t\r\n\r\n{\"a\":1}\r\n\r\n\n";
const std::string kSmall = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kChunked =
    "PUT http://a.b:80/?q HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: Chunked\r\n"
    "Expect: 100-continue\r\nConnection: x , Close\r\n\r\n";
const std::string kOld =
    "OPTIONS * HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 007\r\n\r\n";

// All kernels and the reference agree on `text`; returns what they say.
HeadStatus agreed(const std::string& text) {
  static const auto head = std::make_unique<Head>();
  coding::ByteBuffer bytes;
  bytes.append(text);
  bytes.reserve(1);
  const ReferenceHead wanted = ReferenceParser::parse(bytes.view(), head->bytes_max);
  for (const NamedKernel& kernel : scan_kernels()) {
    head->scan = kernel.scan;
    const HeadStatus status = parse_head(bytes.data(), bytes.size(), *head);
    EXPECT_EQ(difference(status, *head, wanted), "")
        << kernel.name << " on " << testing::PrintToString(text);
  }
  return wanted.status;
}

TEST(RequestHead, ReadsABrowsersRequest) {
  Head head;
  coding::ByteBuffer bytes;
  bytes.append(kBrowser);
  ASSERT_EQ(parse_head(bytes.data(), bytes.size(), head), HeadStatus::kComplete);
  const Request& request = head.request;
  EXPECT_EQ(request.method, Method::kPost);
  EXPECT_EQ(request.path, "/api/v1/streaming/1");
  EXPECT_EQ(request.query, "a=b");
  EXPECT_EQ(request.header(Known::kHost), "collect.example.com");
  EXPECT_EQ(request.header(Known::kSecChUa), "\"Chromium\";v=\"124\"");
  EXPECT_EQ(request.header(Known::kCookie), "a=b; __uid__=x");
  EXPECT_EQ(request.header(Known::kReferer).data(), nullptr);
  ASSERT_EQ(request.headers.size(), 9u);
  EXPECT_EQ(request.headers[7].name, "X-Empty");
  EXPECT_EQ(request.headers[7].value, "");
  EXPECT_EQ(request.headers[8].value, "y");
  EXPECT_EQ(head.content_length, 15u);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, TakesTheHostOfAnAbsoluteTarget) {
  Head head;
  coding::ByteBuffer bytes;
  bytes.append(kChunked);
  ASSERT_EQ(parse_head(bytes.data(), bytes.size(), head), HeadStatus::kComplete);
  EXPECT_EQ(head.request.header(Known::kHost), "a.b:80");
  EXPECT_EQ(head.request.path, "/");
  EXPECT_EQ(head.request.query, "q");
  EXPECT_TRUE(head.chunked);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(head.keep_alive);
}

TEST(RequestHead, KeepsTheFirstOfARepeatedField) {
  Head head;
  coding::ByteBuffer bytes;
  bytes.append("GET / HTTP/1.1\r\nHost: x\r\nCookie: first\r\nCookie: second\r\n\r\n");
  ASSERT_EQ(parse_head(bytes.data(), bytes.size(), head), HeadStatus::kComplete);
  EXPECT_EQ(head.request.header(Known::kCookie), "first");
  EXPECT_EQ(head.request.headers.size(), 3u);
}

struct LineCase {
  std::string first_line, fields;
  HeadStatus status;
};

TEST(RequestHead, FollowsEachRule) {
  constexpr auto kComplete = HeadStatus::kComplete, kBad = HeadStatus::kBad;
  const std::string post = "POST / HTTP/1.1\r\n", host = "Host: x\r\n";
  const LineCase cases[] = {
      {post, host, kComplete},
      {"get_it! / HTTP/1.1\r\n", host, kComplete},
      {"POST  / HTTP/1.1\r\n", host, kBad},
      {"POST /  HTTP/1.1\r\n", host, kBad},
      {" POST / HTTP/1.1\r\n", host, kBad},
      {"POST\t/ HTTP/1.1\r\n", host, kBad},
      {"POST / HTTP/1.1 \r\n", host, kBad},
      {"POST /\r\n", host, kBad},
      {"POST\r\n", host, kBad},
      {"\r\n", host, kBad},
      {"P(ST / HTTP/1.1\r\n", host, kBad},
      {"POST /a#b HTTP/1.1\r\n", host, kBad},
      {"POST /\x80 HTTP/1.1\r\n", host, kBad},
      {"POST /\x7f HTTP/1.1\r\n", host, kBad},
      {"POST /a|^{}\"<>\\ HTTP/1.1\r\n", host, kComplete},
      {"POST x HTTP/1.1\r\n", host, kBad},
      {"POST * HTTP/1.1\r\n", host, kBad},
      {"OPTIONS * HTTP/1.1\r\n", host, kComplete},
      {"CONNECT a.b:443 HTTP/1.1\r\n", host, kBad},
      {"GET ftp://a.b/ HTTP/1.1\r\n", host, kBad},
      {"GET http:///x HTTP/1.1\r\n", host, kBad},
      {"GET http://u@a.b/ HTTP/1.1\r\n", host, kBad},
      {"GET HTTPS://a.b?x HTTP/1.1\r\n", host, kComplete},
      {"POST / HTTP/1.2\r\n", host, HeadStatus::kVersion},
      {"POST / HTTP/2.0\r\n", host, HeadStatus::kVersion},
      {"POST / HTTP/0.9\r\n", host, HeadStatus::kVersion},
      {"POST / HTTP/1.10\r\n", host, kBad},
      {"POST / HTTP/11\r\n", host, kBad},
      {"POST / http/1.1\r\n", host, kBad},
      {"POST / HTTP/1.0\r\n", "", kComplete},
      {post, "", kBad},
      {post, host + host, kBad},
      {post, "Host:\r\n", kComplete},
      {post, "Host: a b\r\n", kBad},
      {post, "Host: a/b\r\n", kBad},
      {post, "Host: [::1]:80\r\n", kComplete},
      {"POST / HTTP/1.0\r\n", host + host, kBad},
      {post, host + "A : b\r\n", kBad},
      {post, host + "A\t: b\r\n", kBad},
      {post, host + " A: b\r\n", kBad},
      {post, host + "A: b\r\n c\r\n", kBad},
      {post, host + "A: b\r\n\tc\r\n", kBad},
      {post, " " + host, kBad},
      {post, host + ": b\r\n", kBad},
      {post, host + "A\r\n", kBad},
      {post, host + "A\xc3: b\r\n", kBad},
      {post, host + "A: \x01\r\n", kBad},
      {post, host + "A: \x7f\r\n", kBad},
      {post, host + std::string("A: \0\r\n", 6), kBad},
      {post, host + "A: b\n", kBad},
      {post, host + "A: b\rB: c\r\n", kBad},
      {post, host + "A: b\r\r\n", kBad},
      {post, host + "A: \xff\t\x80\r\n", kComplete},
      {post, host + "Content-Length: 0\r\n", kComplete},
      {post, host + "Content-Length: 99999999999999999999999\r\n", kComplete},
      {post, host + "Content-Length:\r\n", kBad},
      {post, host + "Content-Length: +1\r\n", kBad},
      {post, host + "Content-Length: -1\r\n", kBad},
      {post, host + "Content-Length: 0x1\r\n", kBad},
      {post, host + "Content-Length: 1 1\r\n", kBad},
      {post, host + "Content-Length: 1, 1\r\n", kBad},
      {post, host + "Content-Length: 1\r\ncontent-length: 1\r\n", kBad},
      {post, host + "Transfer-Encoding: chunked\r\n", kComplete},
      {post, host + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", kBad},
      {post, host + "Content-Length: 1\r\nTransfer-Encoding: identity\r\n", kBad},
      {post, host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", kBad},
      {post, host + "Transfer-Encoding: identity\r\n", HeadStatus::kNotImplemented},
      {post, host + "Transfer-Encoding: gzip, chunked\r\n", HeadStatus::kNotImplemented},
      {post, host + "Transfer-Encoding: xchunked\r\n", HeadStatus::kNotImplemented},
      {post, host + "Transfer-Encoding:\r\n", HeadStatus::kNotImplemented},
      {post,
       host + "Transfer-Encoding: \x0b"
              "chunked\r\n",
       kBad},
      {"POST / HTTP/1.0\r\n", host + "Transfer-Encoding: chunked\r\n", kBad},
  };
  for (const auto& line : cases) {
    const std::string text = line.first_line + line.fields + "\r\n";
    EXPECT_EQ(agreed(text), line.status) << testing::PrintToString(text);
  }
}

TEST(RequestHead, CountsFieldsAndBytes) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
  const std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(agreed(start + fields + "\r\n"), HeadStatus::kComplete);
  EXPECT_EQ(agreed(start + fields + "A: b\r\n\r\n"), HeadStatus::kTooLarge);
  const std::size_t rest = Head{}.bytes_max - start.size() - 7;  // "A: " and two line ends.
  EXPECT_EQ(agreed(start + "A: " + std::string(rest, 'x') + "\r\n\r\n"), HeadStatus::kComplete);
  EXPECT_EQ(agreed(start + "A: " + std::string(rest + 1, 'x') + "\r\n\r\n"), HeadStatus::kTooLarge);
  EXPECT_EQ(agreed(start + "A: " + std::string(rest + 3, 'x')), HeadStatus::kIncomplete);
  EXPECT_EQ(agreed(start + "A: " + std::string(rest + 4, 'x')), HeadStatus::kTooLarge);
}

TEST(RequestHead, UnderstandsTheLinesBeforeItsFault) {
  struct Case {
    std::string bytes;
    std::string_view method, path, origin, host;
  };
  const std::string line = "HEAD /a?b HTTP/1.1\r\n", fields = "origin: https://a.b \r\nHost: h\r\n";
  const Case cases[] = {
      {"", "", "", "", ""},
      {"HEAD /a", "", "", "", ""},
      {line + fields, "HEAD", "/a", "https://a.b", "h"},
      {"\r\n" + line + fields, "HEAD", "/a", "https://a.b", "h"},
      {line + fields + "Host: not whole", "HEAD", "/a", "https://a.b", "h"},
      {line + fields + "Host: second\r\n", "HEAD", "/a", "https://a.b", "h"},
      {line + "X:\r\nX: \t\r\n" + fields, "HEAD", "/a", "https://a.b", "h"},
      {line + "Content-Length: x\r\n" + fields, "HEAD", "/a", "https://a.b", "h"},
      {line + "Origin: https://a.b\r\nHost: a\x01\r\n", "HEAD", "/a", "https://a.b", ""},
      {line + "Origin: a\nb\r\n" + fields, "HEAD", "/a", "", ""},
      {line + "no colon\r\n" + fields, "HEAD", "/a", "", ""},
      {line + "\r\n" + fields, "HEAD", "/a", "", ""},
      {"HEAD  /a HTTP/1.1\r\n" + fields, "HEAD", "", "https://a.b", "h"},
      {"\x16\x03\r\n" + fields, "", "", "https://a.b", "h"},
  };
  Head head;
  for (const Case& one : cases) {
    SCOPED_TRACE(testing::PrintToString(one.bytes));
    read_part_of_head(one.bytes, head);
    EXPECT_EQ(head.request.method_text, one.method);
    EXPECT_EQ(head.request.method == Method::kHead, one.method == "HEAD");
    EXPECT_EQ(head.request.path, one.path);
    EXPECT_EQ(head.request.header(Known::kOrigin), one.origin);
    EXPECT_EQ(head.request.header(Known::kHost), one.host);
  }
}

TEST(RequestHead, IsTheSameForAllKernelsAtEveryTruncation) {
  for (const auto& text : {kBrowser, kSmall, kChunked, kOld}) {
    for (std::size_t size = 0; size <= text.size(); ++size) agreed(text.substr(0, size));
  }
}

TEST(RequestHead, IsTheSameForAllKernelsWithEveryByteReplaced) {
  const std::string some = std::string(1, 0) + "\1\t\n\r #%,/0:;?@A[_a|~\x7f\x80\xff";
  for (const auto& text : {kBrowser, kSmall, kChunked, kOld}) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string changed = text;
      const bool all_values = text.size() < 80;
      for (int c = 0; c < (all_values ? 256 : static_cast<int>(some.size())); ++c) {
        changed[i] = all_values ? static_cast<char>(c) : some[static_cast<std::size_t>(c)];
        agreed(changed);
      }
    }
  }
}

TEST(RequestHead, IsTheSameForAllKernelsWhereverBlocksMeet) {
  // The parts of the head move across the borders of 64 bytes.
  for (std::size_t padding = 1; padding < 140; ++padding) {
    const std::string target(padding, 'p');
    const std::string text = "GET /" + target + " HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
    EXPECT_EQ(agreed(text), HeadStatus::kComplete);
    EXPECT_EQ(agreed("GET /" + target + " HTTP/1.1\r\nHost: x\r\nA: b\r\n\n"), HeadStatus::kBad);
    EXPECT_EQ(agreed("GET /" + target + " HTTP/1.1\r\nHost: x\r\nA: b\n\r\n"), HeadStatus::kBad);
    EXPECT_EQ(agreed("GET /" + target + " HTTP/1.1\r\nHost: x\r\nA: b\rX"), HeadStatus::kBad);
    EXPECT_EQ(agreed(text + std::string("\0\n\r", 3)), HeadStatus::kComplete);
  }
}

TEST(FieldNames, FindsEachNameInAnyCase) {
  for (FieldId id = 0; id < kFieldCount; ++id) {
    std::string name(field_name(id));
    EXPECT_EQ(find_field(name), id) << name;
    for (char& c : name) c = is_letter(c) ? static_cast<char>(c & ~0x20) : c;
    EXPECT_EQ(find_field(name), id) << name;
  }
}

TEST(FieldNames, TellsNearMissesApart) {
  for (FieldId id = 0; id < kFieldCount; ++id) {
    const std::string name(field_name(id));
    EXPECT_EQ(find_field(name + "x"), kOtherField);
    EXPECT_EQ(find_field("x" + name), kOtherField);
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string changed = name;
      changed[i] = '_';
      EXPECT_EQ(find_field(changed), kOtherField) << changed;
      EXPECT_NE(find_field(name.substr(0, i)), id) << changed;
    }
  }
}

}  // namespace
}  // namespace rs::http
