#include "coding/content_coding.h"

#include "base/text.h"

namespace rs::coding {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// `;q=0.5` in thousandths; 1000 without one, 0 when malformed (RFC 9110, section 12.4.2).
int parse_quality(std::string_view parameters) {
  while (parameters.data() != nullptr) {
    auto value = trim(take_until(parameters, ';'));
    const auto name = trim(take_until(value, '='));
    if (!equals_ignoring_case(name, "q")) continue;
    value = trim(value);
    if (value.empty() || value.size() > 5 || (value[0] != '0' && value[0] != '1')) return 0;
    if (value.size() > 1 && value[1] != '.') return 0;
    int quality = (value[0] - '0') * 1000, unit = 100;
    for (const char c : value.substr(value.size() > 1 ? 2 : 1)) {
      if (!is_digit(c)) return 0;
      quality += (c - '0') * unit;
      unit /= 10;
    }
    return quality > 1000 ? 0 : quality;
  }
  return 1000;
}

}  // namespace

std::optional<Coding> parse_coding(std::string_view name) {
  if (equals_ignoring_case(name, "gzip") || equals_ignoring_case(name, "x-gzip")) {
    return Coding::kGzip;
  }
  if (equals_ignoring_case(name, "br")) return Coding::kBrotli;
  if (equals_ignoring_case(name, "identity")) return Coding::kIdentity;
  return std::nullopt;
}

Coding choose_coding(std::string_view accept_encoding) {
  constexpr int kUnnamed = -1;
  int gzip = kUnnamed, brotli = kUnnamed, any = 0;
  while (accept_encoding.data() != nullptr) {
    auto parameters = take_until(accept_encoding, ',');
    const auto name = trim(take_until(parameters, ';'));
    const int quality = parse_quality(parameters);
    if (name == "*") any = quality;
    const auto coding = parse_coding(name);
    if (coding == Coding::kGzip) gzip = quality;
    if (coding == Coding::kBrotli) brotli = quality;
  }
  if (gzip == kUnnamed) gzip = any;
  if (brotli == kUnnamed) brotli = any;
  if (brotli > 0 && brotli >= gzip) return Coding::kBrotli;
  return gzip > 0 ? Coding::kGzip : Coding::kIdentity;
}

}  // namespace rs::coding
