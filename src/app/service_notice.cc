#include "app/service_notice.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/descriptor.h"

namespace rs::app {

void notify_service(std::string_view state) {
  const char* const variable = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
  const std::string_view name = variable == nullptr ? "" : variable;
  sockaddr_un to{};
  if (name.empty() || name.size() >= sizeof(to.sun_path)) return;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, name.data(), name.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // Of the abstract namespace (unix(7)).
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  // A manager that does not read its socket is not waited for.
  ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace rs::app
