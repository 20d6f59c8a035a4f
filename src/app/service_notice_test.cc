#include "app/service_notice.h"

#include <cstddef>
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace rs::app {
namespace {

// systemd's end: a socket at `name` ('@' for the abstract namespace), known as NOTIFY_SOCKET.
class Watcher {
 public:
  explicit Watcher(const std::string& name)
      : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, name.data(), name.size());
    if (name[0] == '@') at.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&at), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Watcher() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(descriptor_);
  }
  // What has arrived; a datagram between processes of one machine is there once it is sent.
  std::string heard() {
    char text[256];
    const ssize_t count = ::recv(descriptor_, text, sizeof(text), 0);
    return {text, count > 0 ? static_cast<std::size_t>(count) : 0};
  }

 private:
  const int descriptor_;
};

TEST(ServiceNotice, ReachesTheSocketThatTheEnvironmentNames) {
  char folder[] = "/tmp/notice_test.XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/notify";
  const std::string abstract = "@real-streaming-test-" + std::to_string(::getpid());
  for (const auto& name : {path, abstract}) {
    Watcher watcher(name);
    notify_service("READY=1\nSTATUS=Here");
    EXPECT_EQ(watcher.heard(), "READY=1\nSTATUS=Here") << name;
  }
  ::unlink(path.c_str());
  ::rmdir(folder);
}

TEST(ServiceNotice, IsSilentWithoutAWatcher) {
  ::unsetenv("NOTIFY_SOCKET");
  notify_service("READY=1");
  for (const auto& name : {std::string("/nonexistent/notify"), std::string(300, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    notify_service("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace rs::app
