#pragma once
// Tells systemd how the service is (Type=notify): sd_notify(3)'s protocol, one datagram to the
// socket that NOTIFY_SOCKET names. Without that variable, and when the socket does not take it,
// nothing happens: no service fails because nobody watches it. Thread-safe while the environment
// stays as it is.

#include <string_view>

namespace rs::app {

// `state` is lines such as "READY=1\nSTATUS=Listening on 0.0.0.0:8000".
void notify_service(std::string_view state);

}  // namespace rs::app
