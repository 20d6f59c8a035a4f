#include "query/protocol.h"

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace rs::query {
namespace {

static_assert(std::endian::native == std::endian::little, "both ends are on this machine");

constexpr std::size_t kHeadBytes = 5;

tl::unexpected<Error> gone(const char* what) {
  const bool slow = errno == EAGAIN || errno == EWOULDBLOCK;
  return fail(ErrorCode::kUnavailable, fmt::format("{}: {}", what,
                                                   slow ? std::string("timed out")
                                                        : std::generic_category().message(errno)));
}

Result<void> send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return gone("cannot send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<void> receive_all(int socket, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t received = ::recv(socket, bytes, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return gone("cannot receive");
    if (received == 0) return fail(ErrorCode::kUnavailable, "the other side is gone");
    bytes += received;
    size -= static_cast<std::size_t>(received);
  }
  return {};
}

// A path for bind() or connect(). Names of sockets end after 107 bytes (unix(7)); a longer one is
// reached through the folder's descriptor.
class SocketAddress {
 public:
  explicit SocketAddress(const std::string& data_dir) {
    std::string path = query_socket_path(data_dir);
    if (path.size() >= sizeof address_.sun_path) {
      folder_ = ::open(data_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      path = fmt::format("/proc/self/fd/{}/query.sock", folder_);
    }
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
  }
  ~SocketAddress() {
    if (folder_ >= 0) ::close(folder_);
  }
  SocketAddress(const SocketAddress&) = delete;
  SocketAddress& operator=(const SocketAddress&) = delete;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  [[nodiscard]] static socklen_t size() { return sizeof(sockaddr_un); }
  [[nodiscard]] const char* path() const { return address_.sun_path; }

 private:
  sockaddr_un address_{};
  int folder_ = -1;
};

}  // namespace

Result<void> send_frame(int socket, FrameKind kind, std::string_view content) {
  // Longer texts become several frames; nothing else is that long.
  do {
    const std::string_view part = content.substr(0, kFrameBytesMax);
    content.remove_prefix(part.size());
    const auto size = static_cast<std::uint32_t>(part.size());
    char head[kHeadBytes] = {static_cast<char>(kind)};
    std::memcpy(head + 1, &size, sizeof size);
    if (auto sent = send_all(socket, {head, sizeof head}); !sent) return sent;
    if (auto sent = send_all(socket, part); !sent) return sent;
  } while (!content.empty());
  return {};
}

Result<Frame> receive_frame(int socket) {
  char head[kHeadBytes];
  if (auto received = receive_all(socket, head, sizeof head); !received) {
    return tl::unexpected(received.error());
  }
  std::uint32_t size = 0;
  std::memcpy(&size, head + 1, sizeof size);
  if (size > kFrameBytesMax) return fail(ErrorCode::kInvalidInput, "a frame is too long");
  Frame frame{static_cast<FrameKind>(head[0]), std::string(size, '\0')};
  if (auto received = receive_all(socket, frame.content.data(), size); !received) {
    return tl::unexpected(received.error());
  }
  return frame;
}

std::string encode_query(const QueryRequest& request) {
  const auto width = static_cast<std::uint32_t>(request.width);
  std::string content(1 + sizeof width, static_cast<char>(request.format));
  std::memcpy(content.data() + 1, &width, sizeof width);
  return content + request.sql;
}

Result<QueryRequest> decode_query(std::string_view content) {
  std::uint32_t width = 0;
  if (content.size() < 1 + sizeof width) return fail(ErrorCode::kInvalidInput, "not a query");
  const auto format = static_cast<QueryFormat>(content.front());
  if (format > QueryFormat::kCsv) return fail(ErrorCode::kInvalidInput, "unknown format");
  std::memcpy(&width, content.data() + 1, sizeof width);
  const auto sql = content.substr(1 + sizeof width);
  if (sql.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidInput, "the SQL has a NUL byte");
  }
  return QueryRequest{.sql = std::string(sql), .format = format, .width = width};
}

std::string encode_error(const Error& error) {
  return std::string(1, static_cast<char>('0' + static_cast<int>(error.code))) + error.message;
}

Error decode_error(std::string_view content) {
  if (content.empty()) return {ErrorCode::kInternal, "the server gave no reason"};
  const int code = content.front() - '0';
  const bool known = code >= 0 && code <= static_cast<int>(ErrorCode::kInternal);
  return {known ? static_cast<ErrorCode>(code) : ErrorCode::kInternal,
          std::string(content.substr(1))};
}

std::string query_socket_path(const std::string& data_dir) {
  return data_dir + "/query.sock";
}

Result<int> connect_for_query(const std::string& data_dir) {
  const SocketAddress address(data_dir);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return gone("cannot make a socket");
  if (::connect(socket, address.get(), SocketAddress::size()) == 0) return socket;
  const int why = errno;
  ::close(socket);
  const bool nobody = why == ENOENT || why == ENOTDIR || why == ECONNREFUSED;
  return fail(
      nobody ? ErrorCode::kNotFound : ErrorCode::kRefused,
      fmt::format("{}: {}", query_socket_path(data_dir), std::generic_category().message(why)));
}

Result<int> listen_for_queries(const std::string& data_dir) {
  constexpr int kBacklog = 16;
  const auto live = connect_for_query(data_dir);
  if (live) {
    ::close(*live);
    return fail(ErrorCode::kRefused,
                fmt::format("{}: another server answers there", query_socket_path(data_dir)));
  }
  if (live.error().code != ErrorCode::kNotFound) return tl::unexpected(live.error());
  const SocketAddress address(data_dir);
  (void)::unlink(address.path());  // Left behind by a crash.
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return gone("cannot make a socket");
  // Before bind(), so that the file never has another mode, whatever the umask.
  if (::fchmod(socket, S_IRUSR | S_IWUSR) == 0 &&
      ::bind(socket, address.get(), SocketAddress::size()) == 0 &&
      ::listen(socket, kBacklog) == 0) {
    return socket;
  }
  const int why = errno;
  ::close(socket);
  return fail(ErrorCode::kRefused,
              fmt::format("cannot listen at {}: {}", query_socket_path(data_dir),
                          std::generic_category().message(why)));
}

}  // namespace rs::query
