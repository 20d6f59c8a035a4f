// Whatever the bytes of a user agent and its client hints: the detector answers, remembers the same
// answer, and says it in valid JSON. The first line is the user agent, each further one a hint: its
// number's letter, then its value.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "device/cached_detector.h"
#include "device/json_lines.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::string answer(const rs::device::Detection& detection) {
  std::string out;
  rs::device::append_answer(out, detection);
  require(rs::find_invalid_utf8(out) == std::string_view::npos);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rs::device;
  static const auto opened = DeviceData::open(RS_DEVICE_DATABASE);
  if (!opened) std::abort();
  static const auto cached = CachedDetector::create(**opened, 64);
  static const auto uncached = CachedDetector::create(**opened, 0);

  std::string_view text(reinterpret_cast<const char*>(data), size);
  Question question{rs::take_until(text, '\n'), {}};
  while (text.data() != nullptr) {
    const auto line = rs::take_until(text, '\n');
    if (line.empty()) continue;
    question.headers[static_cast<unsigned char>(line[0]) % kHintCount] = line.substr(1);
  }
  const auto first = answer((*uncached)->detect(question));
  require(answer((*cached)->detect(question)) == first);
  require(answer((*cached)->detect(question)) == first);
  return 0;
}
