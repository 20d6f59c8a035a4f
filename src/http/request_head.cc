#include "http/request_head.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/text.h"
#include "http/characters.h"
#include "http/field_names.h"
#include "http/target.h"

namespace rs::http {
namespace {

// Comparing with a constant's size, so that no call is made.
template <std::size_t kSize>
bool is(std::string_view text, const char (&constant)[kSize]) {
  return text.size() == kSize - 1 && std::memcmp(text.data(), constant, kSize - 1) == 0;
}

Method method_of(std::string_view text) {
  if (is(text, "POST")) return Method::kPost;
  if (is(text, "GET")) return Method::kGet;
  if (is(text, "OPTIONS")) return Method::kOptions;
  if (is(text, "HEAD")) return Method::kHead;
  return Method::kOther;
}

// Reads the masks of one head. What it was told twice or not at all is judged in finish().
class Parser {
 public:
  Parser(const char* bytes, Head& head) : bytes_(bytes), head_(head), request_(head.request) {}

  HeadStatus request_line() {
    const HeadScan& masks = head_.masks;
    const std::size_t method_end = next_bit(masks.not_target, 0);
    if (bytes_[method_end] != ' ' || method_end == 0) return HeadStatus::kBad;
    if (next_bit(masks.not_token, 0) != method_end) return HeadStatus::kBad;
    const std::size_t target = method_end + 1, target_end = next_bit(masks.not_target, target);
    if (bytes_[target_end] != ' ' || target_end == target) return HeadStatus::kBad;
    const std::size_t version = target_end + 1, end = next_bit(masks.not_target, version);
    if (bytes_[end] != '\r') return HeadStatus::kBad;
    at_ = end + 2;
    request_.method_text = {bytes_, method_end};
    request_.method = method_of(request_.method_text);
    target_ = {bytes_ + target, target_end - target};
    return read_version({bytes_ + version, end - version});
  }

  HeadStatus fields() {
    const HeadScan& masks = head_.masks;
    const char* const bytes = bytes_;
    Header* field = head_.fields.data();
    Header* const full = field + kFieldsMax;
    HeadStatus status = HeadStatus::kComplete;
    std::size_t at = at_, word = at / 64;
    std::uint64_t line_ends = masks.line_end[word] & (~std::uint64_t{0} << (at % 64));
    while (bytes[at] != '\r') {
      const std::size_t name_end = next_bit(masks.not_token, at);
      if (bytes[name_end] != ':' || name_end == at || field == full) {
        status = field == full ? HeadStatus::kTooLarge : HeadStatus::kBad;
        break;
      }
      // Each line has one CR, so these come in order.
      while (line_ends == 0) line_ends = masks.line_end[++word];
      const std::size_t line_end = word * 64 + static_cast<std::size_t>(__builtin_ctzll(line_ends));
      line_ends &= line_ends - 1;
      const std::string_view name(bytes + at, name_end - at);
      const auto value = value_between(bytes + name_end + 1, bytes + line_end);
      *field++ = {name, value};
      at = line_end + 2;
    }
    request_.headers = {head_.fields.data(), static_cast<std::size_t>(field - head_.fields.data())};
    // A loop of its own: both together do not fit into the registers.
    for (const Header& found : request_.headers) {
      if (const FieldId id = find_field(found.name); id != kOtherField) note(id, found.value);
    }
    return status;
  }

  HeadStatus finish() {
    const std::string_view host = request_.header(Known::kHost);
    if (host.data() == nullptr && !head_.is_http10) return HeadStatus::kBad;
    if (faulty_ || !is_valid_host(host)) return HeadStatus::kBad;
    if (encodings_ > 0) {
      if (encodings_ > 1 || head_.has_length || head_.is_http10) return HeadStatus::kBad;
      if (!head_.chunked) return HeadStatus::kNotImplemented;
    }
    head_.keep_alive = !close_ && (!head_.is_http10 || keep_alive_);
    head_.expects_continue = head_.expects_continue && !head_.is_http10;
    return split_target(target_, request_) ? HeadStatus::kComplete : HeadStatus::kBad;
  }

 private:
  // Nearly always one space in front and none behind. The only bytes up to ' ' here are blanks,
  // and the CR when the value is empty.
  static std::string_view value_between(const char* begin, const char* end) {
    begin += *begin == ' ' ? 1 : 0;
    const std::string_view value(begin, static_cast<std::size_t>(end - begin));
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
    return is_blank(*begin) || is_blank(end[-1]) ? trim(value) : value;
  }

  HeadStatus read_version(std::string_view version) {
    if (is(version, "HTTP/1.1")) return HeadStatus::kComplete;
    head_.is_http10 = is(version, "HTTP/1.0");
    if (head_.is_http10) return HeadStatus::kComplete;
    const bool well_formed = version.size() == 8 && version.substr(0, 5) == "HTTP/" &&
                             is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
    return well_formed ? HeadStatus::kVersion : HeadStatus::kBad;
  }

  void note(FieldId id, std::string_view value) {
    if (id >= kFirstServerField) return note_server_field(id, value);
    std::string_view& known = request_.known[id];
    if (known.data() == nullptr) {
      known = value;
    } else {
      faulty_ = faulty_ || id == static_cast<FieldId>(Known::kHost);
    }
  }

  // Not inlined: the loop over the fields is better off without it.
  [[gnu::noinline]] void note_server_field(FieldId id, std::string_view value) {
    switch (id) {
      case kContentLengthField:
        read_length(value);
        break;
      case kTransferEncodingField:
        ++encodings_;
        head_.chunked = equals_ignoring_case(value, "chunked");
        break;
      case kConnectionField:
        read_connection(value);
        break;
      default:
        head_.expects_continue = equals_ignoring_case(value, "100-continue");
        break;
    }
  }

  void read_length(std::string_view value) {
    faulty_ = faulty_ || head_.has_length || value.empty();
    head_.has_length = true;
    std::uint64_t length = 0;
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    for (const char c : value) {
      if (!is_digit(c)) {
        faulty_ = true;
        return;
      }
      const auto digit = static_cast<std::uint64_t>(c - '0');
      length = length > (kMost - digit) / 10 ? kMost : length * 10 + digit;
    }
    head_.content_length = length;
  }

  void read_connection(std::string_view value) {
    if (is(value, "keep-alive")) {
      keep_alive_ = true;
      return;
    }
    while (value.data() != nullptr) {
      const auto option = trim(take_until(value, ','));
      close_ = close_ || equals_ignoring_case(option, "close");
      keep_alive_ = keep_alive_ || equals_ignoring_case(option, "keep-alive");
    }
  }

  const char* bytes_;
  Head& head_;
  Request& request_;
  std::size_t at_ = 0;
  std::string_view target_;
  unsigned encodings_ = 0;
  bool faulty_ = false, close_ = false, keep_alive_ = false;
};

void reset(Head& head) {
  head.request = Request{};
  head.size = 0;
  head.content_length = 0;
  head.has_length = head.chunked = head.keep_alive = head.is_http10 = head.expects_continue = false;
}

// Takes the line in front, without its CRLF. False when there is no whole one.
bool take_line(std::string_view& bytes, std::string_view& line) {
  const std::size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return false;
  line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return true;
}

template <class Class>
bool is_all(std::string_view text, Class&& is_in) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_in);
}

void read_part_of_request_line(std::string_view line, Request& request) {
  const std::string_view method = take_until(line, ' '), target = take_until(line, ' ');
  if (!is_all(method, is_token)) return;
  request.method_text = method;
  request.method = method_of(method);
  if (target.starts_with('/') && is_all(target, is_visible)) {
    request.path = target.substr(0, target.find('?'));
  }
}

}  // namespace

void read_part_of_head(std::string_view bytes, Head& head) {
  reset(head);
  Request& request = head.request;
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  std::string_view line;
  if (!take_line(bytes, line)) return;
  read_part_of_request_line(line, request);
  while (take_line(bytes, line)) {
    const std::string_view name = take_until(line, ':');
    const auto is_field_char = [](char c) { return !is_control(c) || c == '\t'; };
    if (!is_all(name, is_token) || line.data() == nullptr) return;
    if (!std::all_of(line.begin(), line.end(), is_field_char)) return;
    const FieldId id = find_field(name);
    if (id >= kFirstServerField) continue;
    std::string_view& known = request.known[id];
    if (known.data() == nullptr) known = trim(line);
  }
}

HeadStatus parse_head(const char* bytes, std::size_t size, Head& head) {
  const std::size_t scanned_bytes = std::min(size, head.bytes_max);
  const Scanned scanned = head.scan(bytes, scanned_bytes, head.masks);
  if (scanned.status == ScanStatus::kIncomplete && size < head.bytes_max) {
    return HeadStatus::kIncomplete;
  }
  if (scanned.status != ScanStatus::kComplete) {
    read_part_of_head({bytes, scanned_bytes}, head);
    return scanned.status == ScanStatus::kBad ? HeadStatus::kBad : HeadStatus::kTooLarge;
  }
  reset(head);
  head.size = scanned.size;

  Parser parser(bytes, head);
  if (const auto status = parser.request_line(); status != HeadStatus::kComplete) {
    read_part_of_head({bytes, scanned.size}, head);
    return status;
  }
  if (const auto status = parser.fields(); status != HeadStatus::kComplete) return status;
  return parser.finish();
}

}  // namespace rs::http
