#include <atomic>
#include <barrier>
#include <deque>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "coding/asset_cache.h"
#include "coding/body_decoder.h"
#include "coding/body_encoder.h"
#include "coding/content_coding.h"

namespace rs::coding {
namespace {

using Status = BodyDecoder::Status;

struct AcceptCase {
  std::string_view field;
  Coding coding;
};

TEST(ContentCoding, ChoosesByQuality) {
  const AcceptCase cases[] = {
      {"", Coding::kIdentity},
      {"gzip, deflate, br, zstd", Coding::kBrotli},
      {"gzip", Coding::kGzip},
      {"x-gzip", Coding::kGzip},
      {"GZIP", Coding::kGzip},
      {"br;q=0", Coding::kIdentity},
      {"br;q=0.000, gzip;q=0.001", Coding::kGzip},
      {"br;q=0.5, gzip;q=0.8", Coding::kGzip},
      {"br;q=0.8,gzip;q=0.8", Coding::kBrotli},
      {"br ; q=0.3 , gzip ; Q=0.2", Coding::kBrotli},
      {"*", Coding::kBrotli},
      {"*;q=0.5, br;q=0", Coding::kGzip},
      {"gzip, *;q=0", Coding::kGzip},
      {"identity", Coding::kIdentity},
      {"deflate", Coding::kIdentity},
      {"gzip;q=2", Coding::kIdentity},
      {"gzip;q=1.001", Coding::kIdentity},
      {"gzip;q=x, br;q=", Coding::kIdentity},
      {"gzip;q=1.000", Coding::kGzip},
      {",,gzip,,", Coding::kGzip},
  };
  for (const auto& one : cases) EXPECT_EQ(choose_coding(one.field), one.coding) << one.field;
}

TEST(ContentCoding, KnowsOneCodingAtATime) {
  EXPECT_EQ(parse_coding("X-Gzip"), Coding::kGzip);
  EXPECT_EQ(parse_coding("identity"), Coding::kIdentity);
  EXPECT_EQ(parse_coding("br"), Coding::kBrotli);
  for (const auto* name : {"", "deflate", "zstd", "gzip, br", "gzip,", "gz"}) {
    EXPECT_EQ(parse_coding(name), std::nullopt) << name;
  }
}

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "the same words again, number " + std::to_string(text.size());
  text.resize(size);
  return text;
}

std::string noise_of(std::size_t size) {
  std::mt19937 random(1);
  std::string noise;
  while (noise.size() < size) noise += static_cast<char>(random());
  return noise;
}

TEST(BodyCodings, GiveBackWhatWentIn) {
  BodyEncoder encoder;
  BodyDecoder decoder;
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli, Coding::kGzip, Coding::kBrotli}) {
    for (const std::size_t size : {100u, 5000u, 40'000u, 1'000'000u}) {
      const std::string text = text_of(size);
      const std::string encoded(encoder.encode(coding, text));
      ASSERT_FALSE(encoded.empty()) << size;
      EXPECT_LT(encoded.size(), size);
      ASSERT_EQ(decoder.decode(coding, encoded, size), Status::kDone) << size;
      EXPECT_EQ(decoder.decoded(), text);
      EXPECT_EQ(decoder.decode(coding, encoded, size - 1), Status::kTooLarge);
      EXPECT_LE(decoder.decoded().size(), size);
    }
  }
}

TEST(BodyEncoder, RefusesToMakeABodyLonger) {
  BodyEncoder encoder;
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    EXPECT_TRUE(encoder.encode(coding, noise_of(3000)).empty());
    EXPECT_TRUE(encoder.encode(coding, "").empty());
  }
  EXPECT_TRUE(encoder.encode(Coding::kIdentity, text_of(1000)).empty());
}

TEST(BodyDecoder, RefusesDamagedBodies) {
  BodyEncoder encoder;
  BodyDecoder decoder;
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    const std::string encoded(encoder.encode(coding, text_of(2000)));
    for (std::size_t size = 1; size < encoded.size(); ++size) {
      ASSERT_EQ(decoder.decode(coding, encoded.substr(0, size), 5000), Status::kBad) << size;
    }
    EXPECT_EQ(decoder.decode(coding, encoded + "x", 5000), Status::kBad);
    EXPECT_EQ(decoder.decode(coding, "{\"event_name\":\"a\"}", 5000), Status::kBad);
    // It is as good as new afterwards.
    EXPECT_EQ(decoder.decode(coding, encoded, 5000), Status::kDone);
    EXPECT_EQ(decoder.decode(coding, "", 5000), Status::kDone);
    EXPECT_EQ(decoder.decoded(), "");
  }
}

TEST(BodyDecoder, ReadsGzipMembersOneAfterTheOther) {
  BodyEncoder encoder;
  BodyDecoder decoder;
  const std::string one(encoder.encode(Coding::kGzip, text_of(500)));
  ASSERT_EQ(decoder.decode(Coding::kGzip, one + one, 5000), Status::kDone);
  EXPECT_EQ(decoder.decoded(), text_of(500) + text_of(500));
}

TEST(BodyDecoder, StopsABombAtTheLimit) {
  BodyEncoder encoder;
  BodyDecoder decoder;
  std::string zeros;
  zeros.resize(50'000'000);
  for (const Coding coding : {Coding::kGzip, Coding::kBrotli}) {
    const std::string bomb(encoder.encode(coding, zeros));
    EXPECT_EQ(decoder.decode(coding, bomb, 100'000), Status::kTooLarge);
    EXPECT_LE(decoder.decoded().size(), 100'001u);
  }
}

TEST(AssetCache, LetsNobodyWaitForAnotherThreadsWork) {
  // Two ask for the same at once: one encodes it, the other has nothing yet. Now and then the
  // second comes so late that it is done.
  bool was_refused = false;
  AssetCache cache;
  std::deque<std::string> assets;
  for (int i = 0; i < 50 && !was_refused; ++i) {
    std::string& asset = assets.emplace_back();
    for (int line = 0; asset.size() < 500'000; ++line) asset += std::to_string(line * 7919);
    std::atomic<int> empty{0};
    std::barrier start(2);
    const auto ask = [&] {
      BodyEncoder encoder;
      start.arrive_and_wait();
      if (cache.encoded(asset, Coding::kBrotli, encoder).empty()) ++empty;
    };
    std::thread other(ask);
    ask();
    other.join();
    EXPECT_LE(empty, 1);
    was_refused = empty == 1;
    BodyEncoder encoder;
    EXPECT_FALSE(cache.encoded(asset, Coding::kBrotli, encoder).empty());
  }
  EXPECT_TRUE(was_refused);
}

TEST(AssetCache, EncodesAnAssetOnce) {
  BodyEncoder encoder;
  AssetCache cache;
  const std::string asset = text_of(100'000);
  const auto first = cache.encoded(asset, Coding::kBrotli, encoder);
  EXPECT_LT(first.size(), asset.size());
  EXPECT_EQ(cache.encoded(asset, Coding::kBrotli, encoder).data(), first.data());
  EXPECT_NE(cache.encoded(asset, Coding::kGzip, encoder).data(), first.data());
}

}  // namespace
}  // namespace rs::coding
