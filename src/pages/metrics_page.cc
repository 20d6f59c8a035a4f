#include "pages/metrics_page.h"

#include <algorithm>

namespace rs::pages {

void MetricsPage::fill(std::int64_t now_micros, const http::Request& request,
                       http::Response& response) {
  if (text_.empty() || may_measure(now_micros)) {
    text_ = measure_();
    for (auto& encoded : encoded_) encoded.clear();
  }
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.add("Vary", "Accept-Encoding");
  response.compressible = false;
  const auto accepted = request.header(http::Known::kAcceptEncoding);
  const auto coding =
      accepted.data() == nullptr ? coding::Coding::kIdentity : coding::choose_coding(accepted);
  const std::string& encoded = in_coding(coding);
  if (!encoded.empty()) response.add("Content-Encoding", coding::coding_name(coding));
  response.body = encoded.empty() ? text_ : encoded;
}

bool MetricsPage::may_measure(std::int64_t now_micros) {
  constexpr std::int64_t kAhead = kBurst * kMicrosEach;
  if (paid_until_ > now_micros + kAhead) paid_until_ = 0;  // The clock has been set back.
  const std::int64_t next = std::max(paid_until_, now_micros) + kMicrosEach;
  if (next > now_micros + kAhead) return false;
  paid_until_ = next;
  return true;
}

const std::string& MetricsPage::in_coding(coding::Coding coding) {
  static const std::string none;
  if (coding == coding::Coding::kIdentity) return none;
  std::string& encoded = encoded_[coding == coding::Coding::kGzip ? 0 : 1];
  if (encoded.empty()) encoded = encoder_.encode(coding, text_);
  return encoded;
}

}  // namespace rs::pages
