// Content codings of requests and responses, as clients see them.

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "coding/body_decoder.h"
#include "coding/body_encoder.h"
#include "http/test_server.h"

namespace rs::http {
namespace {

TEST(Server, DecodesRequestBodies) {
  TestServer server;
  Client client(server->port());
  coding::BodyEncoder encoder;
  const std::string text(900, 'a');
  const std::pair<coding::Coding, std::string> codings[] = {{coding::Coding::kGzip, "gzip"},
                                                            {coding::Coding::kBrotli, "br"},
                                                            {coding::Coding::kGzip, "X-GZIP"}};
  for (const auto& [coding, name] : codings) {
    const std::string encoded(encoder.encode(coding, text));
    const std::string field = "Content-Encoding: " + name + "\r\n";
    EXPECT_EQ(client.ask(post("/x", encoded, field)).body, "POST /x? " + text);
    const std::string bomb(encoder.encode(coding, std::string(100'000, 'a')));
    ASSERT_LT(bomb.size(), 1000u);
    EXPECT_EQ(Client(server->port()).ask(post("/x", bomb, field)).status, 413);
  }
}

TEST(Server, RefusesBodiesThatDecodeToMoreThanTheirSizeAllows) {
  ServerSettings settings = test_settings();
  settings.body_bytes_max = 200'000;
  settings.decode_ratio = 20;
  TestServer server(settings);
  coding::BodyEncoder encoder;
  const auto status = [&](coding::Coding coding, const std::string& text) {
    const std::string encoded(encoder.encode(coding, text));
    const std::string name = coding == coding::Coding::kGzip ? "gzip" : "br";
    const Reply reply =
        Client(server->port()).ask(post("/x", encoded, "Content-Encoding: " + name + "\r\n"));
    return std::to_string(reply.status) + " " + (reply.status == 200 ? "" : reply.body);
  };
  std::string varied;  // Compresses to a fifth or less.
  for (int i = 0; varied.size() < 150'000; ++i) varied += std::to_string(i * 7919);
  for (const coding::Coding coding : {coding::Coding::kGzip, coding::Coding::kBrotli}) {
    EXPECT_EQ(status(coding, varied), "200 ");
    EXPECT_EQ(status(coding, std::string(kDecodedBytesAllowed, 'a')), "200 ");
    EXPECT_EQ(status(coding, std::string(kDecodedBytesAllowed + 1, 'a')),
              R"(413 {"detail":"decode_ratio"})");
    EXPECT_EQ(status(coding, std::string(150'000, 'a')), R"(413 {"detail":"decode_ratio"})");
    EXPECT_EQ(status(coding, varied + varied), R"(413 {"detail":"body_too_large"})");
  }
}

TEST(Server, EncodesLongerResponsesForThoseWhoAccept) {
  TestServer server;
  Client client(server->port());
  coding::BodyDecoder decoder;
  const auto ask = [&](const std::string& path, const std::string& accepted) {
    return client.ask("GET " + path + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: " + accepted +
                      "\r\n\r\n");
  };
  Reply reply = ask("/big?100", "gzip, deflate, br");
  EXPECT_EQ(reply.field("Content-Encoding"), "br");
  EXPECT_EQ(reply.field("Vary"), "Accept-Encoding");
  ASSERT_EQ(decoder.decode(coding::Coding::kBrotli, reply.body, 1000),
            coding::BodyDecoder::Status::kDone);
  EXPECT_EQ(decoder.decoded(), std::string(100, 'x'));
  reply = ask("/big?5000", "gzip, br;q=0.5");
  EXPECT_EQ(reply.field("Content-Encoding"), "gzip");
  ASSERT_EQ(decoder.decode(coding::Coding::kGzip, reply.body, 10'000),
            coding::BodyDecoder::Status::kDone);
  EXPECT_EQ(decoder.decoded(), std::string(5000, 'x'));
  reply = ask("/big?5000", "br;q=0");
  EXPECT_EQ(reply.field("Content-Encoding"), "");
  EXPECT_EQ(reply.field("Vary"), "Accept-Encoding");
  EXPECT_EQ(reply.body.size(), 5000u);
  reply = ask("/big?99", "br");
  EXPECT_EQ(reply.field("Content-Encoding"), "");
  EXPECT_EQ(reply.field("Vary"), "");
  for (int i = 0; i < 2; ++i) {
    reply = ask("/asset", "br");
    EXPECT_EQ(reply.field("Content-Encoding"), "br");
    ASSERT_EQ(decoder.decode(coding::Coding::kBrotli, reply.body, 10'000'000),
              coding::BodyDecoder::Status::kDone);
    EXPECT_EQ(decoder.decoded(), shared_asset());
  }
}

}  // namespace
}  // namespace rs::http
