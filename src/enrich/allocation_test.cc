#include <cstdlib>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "device/test_database.h"
#include "enrich/enrich.h"
#include "enrich/test_event.h"
#include "event/payload_parser.h"

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

// Counts for this test program, all that one delete takes back. Not inlined: the compiler would
// take malloc and delete for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace rs::enrich {
namespace {

TEST(Allocation, IsNotNeededForAnEventOnceWarm) {
  std::string body =
      R"({"event_name":"purchase","event_id":7,"event_params":[{"key":"page_location","value":{"string_value":"https://WWW.Shop.example/?utm_source=a%20b&gclid=%ff"}},{"key":"page_referrer","value":{"string_value":"https://www.google.co.uk/"}},{"key":"\u0041","value":{"int_value":1.5}}],"items":[{"item_id":"a","price":"9.99","item_params":[{"key":"b"}]}],"privacy_info":{"ad_storage":"granted"},"ecommerce":{"value":9.99}})";
  const std::size_t size = body.size();
  body.append(64, ' ');
  auto facts = plain_facts();
  facts.user_agent =
      "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/96.0 Mobile Safari/537.36 \xff";
  facts.ch_ua_model = "\"SM_G973F\"";
  facts.ch_ua = "\"Chromium\";v=\"96\", \"Google Chrome\";v=\"96\"";
  facts.accept_language = "en-GB,de;q=0.5";
  event::PayloadParser parser;
  // Without a cache, so that every event is detected.
  Enricher enricher({{"https://www.brand.com"}, {&device::test_data(), 0}});
  const auto run = [&] {
    const auto* payload = parser.parse(std::string_view(body).substr(0, size));
    return payload != nullptr && enricher.run(*payload, facts).event_timestamp == kNow;
  };
  ASSERT_TRUE(run());
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(run());
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace rs::enrich
