#include "collect/stream_id.h"

#include <charconv>
#include <cstdint>

namespace rs::collect {

std::optional<StreamId> StreamId::parse(std::string_view text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  StreamId id;
  const auto written =
      std::to_chars(id.digits_.data(), id.digits_.data() + id.digits_.size(), value);
  id.size_ = static_cast<std::size_t>(written.ptr - id.digits_.data());
  return id;
}

}  // namespace rs::collect
