#include "http/reply.h"

#include <charconv>
#include <cstring>
#include <ctime>

namespace rs::http {
namespace {

struct StatusLine {
  int status;
  std::string_view reason;
};
constexpr StatusLine kStatusLines[] = {
    {200, "OK"},
    {204, "No Content"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

// Appends without looking at the room left: the caller has reserved it.
class Pen {
 public:
  explicit Pen(char* at) : start_(at), at_(at) {}
  void text(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void number(std::size_t value) { at_ = std::to_chars(at_, at_ + 20, value).ptr; }
  [[nodiscard]] std::size_t written() const { return static_cast<std::size_t>(at_ - start_); }

 private:
  char* start_;
  char* at_;
};

// Neither body nor Content-Length (RFC 9110, section 8.6; a 304 may have one but need not).
bool is_bodiless(int status) {
  return status == 204 || status == 304;
}

std::string_view body_of(const Response& response) {
  return response.shared_body.data() != nullptr ? response.shared_body
                                                : std::string_view(response.body);
}

}  // namespace

std::string_view reason_phrase(int status) {
  for (const auto& line : kStatusLines) {
    if (line.status == status) return line.reason;
  }
  return "";
}

void ReplyWriter::set_time(std::int64_t unix_seconds) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  // strftime would follow a locale if somebody set one.
  static constexpr const char kDays[] = "SunMonTueWedThuFriSat";
  static constexpr const char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto put2 = [this](std::size_t at, int value) {
    date_[at] = static_cast<char>('0' + value / 10 % 10);
    date_[at + 1] = static_cast<char>('0' + value % 10);
  };
  std::memcpy(date_.data(), "Date: ---, -- --- ---- --:--:-- GMT\r\n", date_.size());
  std::memcpy(&date_[6], kDays + utc.tm_wday * 3, 3);
  put2(11, utc.tm_mday);
  std::memcpy(&date_[14], kMonths + utc.tm_mon * 3, 3);
  put2(18, (utc.tm_year + 1900) / 100);
  put2(20, utc.tm_year % 100);
  put2(23, utc.tm_hour);
  put2(26, utc.tm_min);
  put2(29, utc.tm_sec);
}

bool ReplyWriter::wants_coding(const Response& response) {
  return response.compressible && body_of(response).size() >= coding::kEncodedBodyMin &&
         !is_bodiless(response.status) &&
         response.headers.find("Content-Encoding:") == std::string::npos;
}

std::size_t ReplyWriter::write(const Response& response, const ReplyTerms& terms) {
  std::string_view body = is_bodiless(response.status) ? std::string_view{} : body_of(response);
  const bool is_shared = response.shared_body.data() != nullptr;
  coding::Coding used = coding::Coding::kIdentity;
  std::size_t encoded_bytes = 0;
  const bool varies = wants_coding(response);
  if (varies && terms.coding != coding::Coding::kIdentity) {
    const auto encoded = is_shared ? assets_.encoded(body, terms.coding, encoder_)
                                   : encoder_.encode(terms.coding, body);
    if (!is_shared) encoded_bytes = body.size();
    if (!encoded.empty()) {
      body = encoded;
      used = terms.coding;
    }
  }
  const bool is_copied = !terms.head_only && !(is_shared && body.size() > kCopied);
  write_head(response, terms, body.size(), is_copied ? body.size() : 0, used, varies);
  if (is_copied) {
    bytes_.append(body);
  } else if (!terms.head_only) {
    shared_ = body;
  }
  return encoded_bytes;
}

void ReplyWriter::write_head(const Response& response, const ReplyTerms& terms,
                             std::size_t body_size, std::size_t copied_size, coding::Coding used,
                             bool varies) {
  constexpr std::size_t kConstantParts = 400;  // More than all the texts below together.
  const std::size_t room = kConstantParts + response.content_type.size() + response.headers.size();
  // With the body's, so that appending the body neither moves the head nor fails.
  Pen pen(bytes_.reserve(room + copied_size));
  if (response.status == 200) {
    pen.text("HTTP/1.1 200 OK\r\n");
  } else {
    pen.text("HTTP/1.1 ");
    pen.number(static_cast<std::size_t>(response.status));
    pen.text(" ");
    pen.text(reason_phrase(response.status));
    pen.text("\r\n");
  }
  pen.text({date_.data(), date_.size()});
  if (!response.content_type.empty()) {
    pen.text("Content-Type: ");
    pen.text(response.content_type);
    pen.text("\r\n");
  }
  if (!is_bodiless(response.status)) {
    pen.text("Content-Length: ");
    pen.number(body_size);
    pen.text("\r\n");
  }
  if (!terms.keep_alive) {
    pen.text("Connection: close\r\n");
  } else if (terms.is_http10) {
    pen.text("Connection: keep-alive\r\n");
  }
  if (used != coding::Coding::kIdentity) {
    pen.text("Content-Encoding: ");
    pen.text(coding::coding_name(used));
    pen.text("\r\n");
  }
  if (varies) pen.text("Vary: Accept-Encoding\r\n");
  pen.text(response.headers);
  pen.text("\r\n");
  bytes_.extend(pen.written());
}

void ReplyWriter::clear() {
  constexpr std::size_t kKeep = 1024 * 1024;
  bytes_.clear();
  if (bytes_.room() > kKeep) bytes_.release();
  shared_ = {};
}

}  // namespace rs::http
