#pragma once
// gRPC channels to Google's services: TLS and tokens, or plaintext to a test server.
// gRPC starts its threads with the first channel, and not before.

#include <chrono>
#include <memory>
#include <string>

// Before gRPC's own headers wherever both are used: abseil redefines the names of base/mutex.h.
#include "google/token_source.h"

namespace grpc {  // NOLINT(readability-identifier-naming): the library's.
class Channel;
}

namespace rs::google {

struct ChannelSettings {
  std::string endpoint;    // host:port.
  bool plaintext = false;  // A test server's: no TLS, and no token is sent.
  // Pings on a connection that is silent this long, and how long an answer may take. Google's front
  // ends allow no shorter time than 30 s.
  std::chrono::milliseconds keepalive_time{60'000}, keepalive_timeout{20'000};
  // Between two attempts to connect, doubling. Short: whoever calls pauses too.
  std::chrono::milliseconds reconnect_first{100}, reconnect_longest{5'000};
};

// A connection of its own, which no other channel shares. Messages of up to 64 MB are received:
// gRPC's own limit of 4 MB is less than a list of row errors may be. `tokens` outlives the channel;
// it is not asked for a plaintext one.
[[nodiscard]] std::shared_ptr<grpc::Channel> make_channel(
    const ChannelSettings& settings, const std::shared_ptr<TokenSource>& tokens);

}  // namespace rs::google
