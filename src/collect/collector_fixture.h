#pragma once
// For tests: a collector with the native protocol, in front of a delivery whose sink is memory.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "collect/collector.h"
#include "collect/native.h"
#include "delivery/dead_letters.h"
#include "row/decode.h"
#include "sink/memory_sink.h"

namespace rs::collect {

class SilentMailbox final : public Mailbox {
 public:
  void post(std::span<const Settlement>) override {}
};

class CollectorTest : public testing::Test {
 protected:
  void start(Acknowledge acknowledge, delivery::BatchLimits limits = {.batch_rows = 1}) {
    settings_.acknowledge = acknowledge;
    delivery_ = std::make_unique<delivery::Delivery>(sink_, letters_, limits);
    delivery_->start();
    native_ = std::make_unique<NativeProtocol>(3, settings_.limits);
    collector_ = std::make_unique<Collector>(settings_, world_, *delivery_, stats_);
  }

  http::Answer post(std::string_view body, std::string_view stream_id = "1") {
    // The padding that the HTTP layer promises.
    body_.assign(body);
    body_.append(http::kBodyPadding, '\0');
    request_.body = std::string_view(body_).substr(0, body.size());
    response_.reset();
    return collector_->collect(*native_, request_, stream_id, {&mailbox_, 1}, response_);
  }
  void set_header(http::Known field, std::string_view value) {
    request_.known[static_cast<std::size_t>(field)] = value;
  }
  std::string_view body() const {
    return response_.shared_body.data() != nullptr ? response_.shared_body : response_.body;
  }
  // Everything stored, as JSON.
  std::vector<std::string> rows() {
    delivery_->stop(delivery::Clock::time_point::max());
    std::vector<std::string> rows;
    for (const auto& encoded : sink_.rows()) {
      EXPECT_TRUE(row::append_json(rows.emplace_back(), encoded));
    }
    return rows;
  }
  std::uint64_t refused(delivery::Refused reason) {
    return delivery_->stats().accounting.refused[static_cast<std::size_t>(reason)];
  }

  FixedWorld world_{1'764'000'000'000'000};
  sink::MemorySink sink_;
  spool::RealDisk disk_;
  delivery::DeadLetters letters_{disk_,
                                 std::filesystem::path(testing::TempDir()) / "collector_letters"};
  CollectorSettings settings_;
  CollectorStats stats_;
  SilentMailbox mailbox_;
  std::unique_ptr<delivery::Delivery> delivery_;
  std::unique_ptr<NativeProtocol> native_;
  std::unique_ptr<Collector> collector_;
  http::Request request_;
  http::Response response_;
  std::string body_;
};

inline constexpr std::string_view kPageView = R"({"event_name":"page_view"})";

}  // namespace rs::collect
