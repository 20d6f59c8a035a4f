#include "query/client.h"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "duckdb/store.h"
#include "query/protocol.h"
#include "query/run_query.h"

namespace rs::query {
namespace {

Result<void> print(std::FILE* out, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), out) == text.size()) return {};
  return fail(ErrorCode::kUnavailable,
              fmt::format("cannot write: {}", std::generic_category().message(errno)));
}

std::size_t terminal_width(std::FILE* out) {
  winsize size{};
  const int descriptor = ::fileno(out);
  if (::isatty(descriptor) == 0 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

Result<void> ask_server(int socket, const QueryRequest& request, std::FILE* out) {
  if (auto sent = send_frame(socket, FrameKind::kQuery, encode_query(request)); !sent) return sent;
  while (true) {
    RS_TRY(const Frame frame, receive_frame(socket));
    switch (frame.kind) {
      case FrameKind::kText:
        if (auto printed = print(out, frame.content); !printed) return printed;
        break;
      case FrameKind::kDone:
        return {};
      case FrameKind::kError:
        return tl::unexpected(decode_error(frame.content));
      default:
        return fail(ErrorCode::kInternal, "the server sent what is not an answer");
    }
  }
}

Result<void> read_file(const std::string& data_dir, const QueryRequest& request, std::FILE* out) {
  duckdb::LocalStore store(data_dir);
  if (auto opened = store.open_to_read(); !opened) {
    // Most likely a server that is starting or stopping: only then has it the file and no socket.
    auto error = std::move(opened).error();
    error.message += fmt::format(" No server answers at {}.", query_socket_path(data_dir));
    return tl::unexpected(std::move(error));
  }
  RS_TRY(const auto session, store.connect());
  return run_query(*session, request, [&](std::string_view text) { return print(out, text); });
}

}  // namespace

Result<void> query_local_store(const std::string& data_dir, QueryRequest request, std::FILE* out) {
  if (request.sql.size() + 64 > kFrameBytesMax) {
    return fail(ErrorCode::kTooLarge, "the SQL is longer than 16 MB");
  }
  if (request.width == 0) request.width = terminal_width(out);
  const auto socket = connect_for_query(data_dir);
  if (!socket && socket.error().code != ErrorCode::kNotFound) {
    return tl::unexpected(socket.error());
  }
  auto done = socket ? ask_server(*socket, request, out) : read_file(data_dir, request, out);
  if (socket) ::close(*socket);
  if (done && std::fflush(out) != 0) return print(out, {});
  return done;
}

}  // namespace rs::query
