#pragma once
// What a handler sees of HTTP: plain requests and responses, no sockets.
//   bytes --> Request --Handler::handle--> Response --> bytes
// All views in a Request point into the connection's buffer and are valid until handle() returns.
// A handler belongs to one request thread: it needs no locks, and it must never wait.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/mailbox.h"
#include "coding/byte_buffer.h"

namespace rs::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kOptions, kOther };

// Header fields that are looked up for every event: found once while parsing.
enum class Known : std::uint8_t {
  kHost,
  kOrigin,
  kCookie,
  kUserAgent,
  kAcceptLanguage,
  kAcceptEncoding,
  kContentEncoding,
  kContentType,
  kXForwardedFor,
  kXClientGeoCountry,
  kXClientGeoState,
  kXClientGeoCity,
  kXCloudTraceContext,
  kIfNoneMatch,
  kAccessControlRequestMethod,
  kAccessControlRequestHeaders,
  kReferer,
  kXRequestedWith,
  kSecChUa,
  kSecChUaMobile,
  kSecChUaPlatform,
  kSecChUaPlatformVersion,
  kSecChUaModel,
  kSecChUaFullVersionList,
  kSecChUaFullVersion,
  kSecChUaFormFactors,
  kSecChUaArch,
  kSecChUaBitness,
  kCount  // Not a header.
};

struct Header {
  std::string_view name, value;  // As sent, without blanks around the value.
};

// Readable bytes that always follow Request::body, whatever they hold: simdjson reads past the end.
inline constexpr std::size_t kBodyPadding = coding::ByteBuffer::kPadding;

struct Request {
  Method method = Method::kOther;
  std::string_view method_text;
  std::string_view path;   // Before '?', still percent-encoded.
  std::string_view query;  // After '?', empty without one.
  std::span<const Header> headers;
  std::array<std::string_view, static_cast<std::size_t>(Known::kCount)> known{};  // First of each.
  std::string_view body;          // De-chunked and decoded (gzip, br) already.
  std::string_view peer_address;  // Textual IP of the other end of the connection.

  // Null data() when the field is absent.
  [[nodiscard]] std::string_view header(Known field) const {
    return known[static_cast<std::size_t>(field)];
  }
};

// Reused from request to request, so that a warm one never allocates.
struct Response {
  int status = 200;
  std::string_view content_type;  // A constant; empty when there is no body.
  std::string headers;            // Further lines, each "Name: value\r\n". See add().
  std::string body;
  std::string_view shared_body;     // Used instead of `body` when not null; outlives the server.
  bool compressible = true;         // May be sent as br or gzip when it is 100 bytes or longer.
  std::uint32_t promise_parts = 1;  // Of kLater: the answer goes out when so many are settled.

  void add(std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  }
  void reset() {
    status = 200;
    content_type = {};
    headers.clear();
    body.clear();
    shared_body = {};
    compressible = true;
    promise_parts = 1;
  }
};

// Why the server itself answered without asking a handler.
enum class Refusal : std::uint8_t {
  kBadRequest,
  kLengthRequired,
  kTimeout,
  kBodyTooLarge,
  kDecodeRatio,      // The body decodes to more than its size allows.
  kUnfinishedBytes,  // It had waited longest when unfinished requests held too much memory.
  kOutOfMemory,      // The process has no memory for it.
  kHeadersTooLarge,
  kUnsupportedEncoding,
  kBadEncoding,
  kNotImplemented,
  kVersion,
  kCount  // Not a refusal.
};

enum class Answer : std::uint8_t {
  kNow,    // The response is complete.
  kLater,  // The response is complete but goes out when the promise settles: see Handler::settle.
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Fills `response`, which comes reset. To answer later, hand `promise` to whoever will keep
  // it and return kLater; until then the connection reads no further request.
  virtual Answer handle(const Request& request, const Promise& promise, Response& response) = 0;

  // All requests that had come are handled, and some were answered kLater since this was last
  // called.
  virtual void turn_ended() {}

  // All parts of the promise behind an answer given as kLater have settled, the worst with
  // `outcome`: the stored response goes out as it is, unless changed here. Not called for
  // connections that are gone.
  virtual void settle(Outcome outcome, Response& response) = 0;

  // The server refuses a request. `response` comes with status and headers set; the handler
  // counts it and writes the body. `request` has no body, and what was understood of the head.
  virtual void refuse(Refusal refusal, const Request& request, Response& response) = 0;
};

}  // namespace rs::http
