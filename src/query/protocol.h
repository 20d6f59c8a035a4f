#pragma once
// How `real-streaming query` talks to a running server over DATA_DIR/query.sock (mode 0600).
//   client: kQuery <format, width, SQL>        server: kText, kText ... then kDone or kError
// A frame is one byte of kind, four of length (little-endian), and that many of content. The last
// frame says how it ended, so that half an answer is never taken for a whole one.
// Blocking; time limits are those of the socket. Thread-safe (no state).

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/format.h"

namespace rs::query {

enum class FrameKind : char { kQuery = 'Q', kText = 'T', kDone = 'D', kError = 'E' };

struct Frame {
  FrameKind kind;
  std::string content;
};

inline constexpr std::size_t kFrameBytesMax = 16'777'216;

Result<void> send_frame(int socket, FrameKind kind, std::string_view content);
// kUnavailable when the other side is gone, kInvalidInput when it talks nonsense.
Result<Frame> receive_frame(int socket);

[[nodiscard]] std::string encode_query(const QueryRequest& request);
Result<QueryRequest> decode_query(std::string_view content);
[[nodiscard]] std::string encode_error(const Error& error);
[[nodiscard]] Error decode_error(std::string_view content);

// A new socket, listening at or connected to DATA_DIR/query.sock. The caller closes it.
// listen replaces a socket file that nobody answers any more and leaves a live one alone
// (kRefused); connect fails with kNotFound when no server is there.
Result<int> listen_for_queries(const std::string& data_dir);
Result<int> connect_for_query(const std::string& data_dir);
[[nodiscard]] std::string query_socket_path(const std::string& data_dir);

}  // namespace rs::query
