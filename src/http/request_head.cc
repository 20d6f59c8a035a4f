#include "http/request_head.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/text.h"
#include "http/characters.h"
#include "http/field_names.h"
#include "http/target.h"

namespace rs::http {
namespace {

// Reads the masks of one head. What it was told twice or not at all is judged in finish().
class Parser {
 public:
  Parser(const char* bytes, Head& head) : bytes_(bytes), head_(head), request_(head.request) {}

  HeadStatus request_line() {
    const HeadScan& masks = head_.masks;
    const std::size_t method_end = next(masks.not_visible, 0);
    if (bytes_[method_end] != ' ' || method_end == 0) return HeadStatus::kBad;
    if (next(masks.not_token, 0) != method_end) return HeadStatus::kBad;
    const std::size_t target = method_end + 1, target_end = next(masks.not_visible, target);
    if (bytes_[target_end] != ' ' || target_end == target) return HeadStatus::kBad;
    const std::size_t version = target_end + 1, end = next(masks.not_visible, version);
    if (bytes_[end] != '\r') return HeadStatus::kBad;
    at_ = end + 2;
    request_.method_text = {bytes_, method_end};
    request_.method = method_of(request_.method_text);
    target_ = {bytes_ + target, target_end - target};
    return read_version({bytes_ + version, end - version});
  }

  HeadStatus fields() {
    const HeadScan& masks = head_.masks;
    std::size_t count = 0;
    HeadStatus status = HeadStatus::kComplete;
    while (bytes_[at_] != '\r') {
      const std::size_t name_end = next(masks.not_token, at_);
      if (bytes_[name_end] != ':' || name_end == at_) {
        status = HeadStatus::kBad;
        break;
      }
      if (count == kFieldsMax) {
        status = HeadStatus::kTooLarge;
        break;
      }
      const std::size_t line_end = next(masks.line_end, name_end);
      Header& field = head_.fields[count++];
      field.name = {bytes_ + at_, name_end - at_};
      field.value = trim({bytes_ + name_end + 1, line_end - name_end - 1});
      if (const FieldId id = find_field(field.name); id != kOtherField) note(id, field.value);
      at_ = line_end + 2;
    }
    request_.headers = {head_.fields.data(), count};
    return status;
  }

  HeadStatus finish() {
    if (faulty_ || (hosts_ == 0 && !head_.is_http10)) return HeadStatus::kBad;
    if (encodings_ > 0) {
      if (encodings_ > 1 || head_.has_length || head_.is_http10) return HeadStatus::kBad;
      if (!head_.chunked) return HeadStatus::kNotImplemented;
    }
    head_.keep_alive = !close_ && (!head_.is_http10 || keep_alive_);
    head_.expects_continue = head_.expects_continue && !head_.is_http10;
    return split_target(target_, request_) ? HeadStatus::kComplete : HeadStatus::kBad;
  }

 private:
  // The first set bit at or after `from`. There is one: the CR of the empty line is in each mask.
  template <std::size_t kWords>
  static std::size_t next(const std::array<std::uint64_t, kWords>& mask, std::size_t from) {
    std::size_t word = from / 64;
    std::uint64_t bits = mask[word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0) bits = mask[++word];
    return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
  }

  static Method method_of(std::string_view text) {
    if (text == "POST") return Method::kPost;
    if (text == "GET") return Method::kGet;
    if (text == "OPTIONS") return Method::kOptions;
    if (text == "HEAD") return Method::kHead;
    return Method::kOther;
  }

  HeadStatus read_version(std::string_view version) {
    if (version == "HTTP/1.1") return HeadStatus::kComplete;
    head_.is_http10 = version == "HTTP/1.0";
    if (head_.is_http10) return HeadStatus::kComplete;
    const bool well_formed = version.size() == 8 && version.substr(0, 5) == "HTTP/" &&
                             is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
    return well_formed ? HeadStatus::kVersion : HeadStatus::kBad;
  }

  void note(FieldId id, std::string_view value) {
    if (id < kFirstServerField) {
      std::string_view& known = request_.known[id];
      if (known.data() == nullptr) known = value;
      if (id == static_cast<FieldId>(Known::kHost)) {
        faulty_ = faulty_ || ++hosts_ > 1 || !is_valid_host(value);
      }
      return;
    }
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
    if (equals_ignoring_case(value, "keep-alive")) {
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
  unsigned hosts_ = 0, encodings_ = 0;
  bool faulty_ = false, close_ = false, keep_alive_ = false;
};

void reset(Head& head) {
  head.request = Request{};
  head.size = 0;
  head.content_length = 0;
  head.has_length = head.chunked = head.keep_alive = head.is_http10 = head.expects_continue = false;
}

}  // namespace

HeadStatus parse_head(const char* bytes, std::size_t size, Head& head) {
  const Scanned scanned = head.scan(bytes, std::min(size, kHeadBytesMax), head.masks);
  if (scanned.status == ScanStatus::kIncomplete && size < kHeadBytesMax) {
    return HeadStatus::kIncomplete;
  }
  reset(head);
  if (scanned.status == ScanStatus::kIncomplete) return HeadStatus::kTooLarge;
  if (scanned.status == ScanStatus::kBad) return HeadStatus::kBad;
  head.size = scanned.size;

  Parser parser(bytes, head);
  if (const auto status = parser.request_line(); status != HeadStatus::kComplete) return status;
  if (const auto status = parser.fields(); status != HeadStatus::kComplete) return status;
  return parser.finish();
}

}  // namespace rs::http
