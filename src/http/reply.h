#pragma once
// Writes replies: status line, Date, framing, the handler's header lines, body.
// One per thread; owns what this thread is about to send.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "coding/asset_cache.h"
#include "coding/body_encoder.h"
#include "coding/byte_buffer.h"
#include "http/message.h"

namespace rs::http {

// How the reply to one request has to look; outlives the request when the answer comes later.
struct ReplyTerms {
  bool keep_alive = false;
  bool is_http10 = false;  // The client must be told that its connection stays open.
  bool head_only = false;  // HEAD: all of the reply but its body.
  coding::Coding coding = coding::Coding::kIdentity;
};

[[nodiscard]] std::string_view reason_phrase(int status);  // "" for an unknown status.

class ReplyWriter {
 public:
  explicit ReplyWriter(coding::AssetCache& assets) : assets_(assets) {}

  // The second it is; replies carry it as Date.
  void set_time(std::int64_t unix_seconds);

  // Appends a reply. A large shared body is not copied but left as shared(): nothing may be
  // appended until that has been taken. Returns how many bytes it has encoded. When there is no
  // memory it throws std::bad_alloc, and nothing is appended.
  std::size_t write(const Response& response, const ReplyTerms& terms);
  // Whether write() would look at terms.coding.
  [[nodiscard]] static bool wants_coding(const Response& response);
  void write_continue() { bytes_.append("HTTP/1.1 100 Continue\r\n\r\n"); }

  [[nodiscard]] std::string_view bytes() const { return bytes_.view(); }
  [[nodiscard]] std::string_view shared() const { return shared_; }  // Goes out after bytes().
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size() + shared_.size(); }
  // No more before the rest has gone: a client that reads nothing must not fill our memory.
  [[nodiscard]] bool is_full() const { return bytes_.size() >= kFull || !shared_.empty(); }
  void clear();
  // Drops what is behind the first `size` of bytes(), and shared().
  void truncate(std::size_t size) {
    bytes_.truncate(size);
    shared_ = {};
  }

 private:
  static constexpr std::size_t kFull = 256 * 1024;
  static constexpr std::size_t kCopied = 16 * 1024;  // Larger shared bodies are not copied.

  void write_head(const Response& response, const ReplyTerms& terms, std::size_t body_size,
                  std::size_t copied_size, coding::Coding used, bool varies);

  coding::AssetCache& assets_;
  coding::BodyEncoder encoder_;
  coding::ByteBuffer bytes_;
  std::string_view shared_;
  std::array<char, 37> date_{};  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
};

}  // namespace rs::http
