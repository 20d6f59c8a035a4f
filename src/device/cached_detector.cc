#include "device/cached_detector.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>

#include <sys/random.h>
#include <xxhash.h>

namespace rs::device {
namespace {

constexpr std::size_t kWays = 4;        // Places where an answer may stand.
constexpr std::size_t kTextsMax = 112;  // Bytes of an answer's texts that are not the database's.
constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kJoinedMax = (kHintCount + 1) * (kTextMax + sizeof(std::uint16_t));

template <class T>
struct Freed {
  void operator()(T* memory) const { std::free(memory); }
};
// Zeroed pages that are not resident before they are used.
template <class T>
std::unique_ptr<T[], Freed<T>> zeroed(std::size_t count) {
  auto* memory = static_cast<T*>(std::calloc(count, sizeof(T)));
  if (memory == nullptr) throw std::bad_alloc();
  return std::unique_ptr<T[], Freed<T>>(memory);
}

std::array<std::string_view*, 18> texts_of(Detection& d) {
  return {&d.bot.name,          &d.bot.category,     &d.bot.url,
          &d.bot.producer_name, &d.bot.producer_url, &d.system.name,
          &d.system.short_name, &d.system.version,   &d.system.platform,
          &d.system.family,     &d.client.name,      &d.client.version,
          &d.client.short_name, &d.client.engine,    &d.client.engine_version,
          &d.client.family,     &d.device.brand,     &d.device.model};
}

}  // namespace

struct CachedDetector::Key {
  std::uint64_t low = 0, high = 0;  // Never both zero: that is a free place.
};

// Sets of kWays places; in a full set the one goes that was not asked for since the hand last
// passed.
class CachedDetector::Cache {
 public:
  explicit Cache(std::size_t entries)
      : sets_((entries + kWays - 1) / kWays),
        keys_(zeroed<std::array<Key, kWays>>(sets_)),
        marks_(zeroed<Marks>(sets_)),
        answers_(zeroed<std::array<Answer, kWays>>(sets_)) {}

  const Detection* find(const Key& key) {
    const std::size_t set = key.high % sets_;
    for (std::size_t way = 0; way < kWays; ++way) {
      const Key& known = keys_[set][way];
      if (known.low == key.low && known.high == key.high) {
        const Answer& answer = answers_[set][way];
        answer.fetch();
        marks_[set].asked |= static_cast<std::uint8_t>(1U << way);
        return &answer.detection;
      }
    }
    return nullptr;
  }

  void keep(const Key& key, const Detection& detection, const DeviceData& data) {
    const std::size_t set = key.high % sets_;
    const std::size_t way = place(set);
    if (answers_[set][way].set(detection, data)) {
      keys_[set][way] = key;
    } else {
      keys_[set][way] = {};
    }
  }

 private:
  struct Answer {
    Detection detection;
    std::array<char, kTextsMax> texts;

    // Most answers have left the processor's caches since they were asked for last. All of one
    // comes at once, and then its texts, instead of one line after the other as they are read.
    void fetch() const {
      const char* const start = reinterpret_cast<const char*>(this);
      for (std::size_t at = 0; at < sizeof *this; at += kCacheLine) __builtin_prefetch(start + at);
      for (const std::string_view* text : {&detection.system.name, &detection.client.name,
                                           &detection.device.brand, &detection.device.model}) {
        __builtin_prefetch(text->data());
      }
    }

    // False when the texts do not fit.
    bool set(const Detection& from, const DeviceData& data) {
      detection = from;
      std::size_t used = 0;
      for (std::string_view* text : texts_of(detection)) {
        if (text->empty() || data.owns(*text)) continue;
        if (text->size() > texts.size() - used) return false;
        std::memcpy(texts.data() + used, text->data(), text->size());
        *text = {texts.data() + used, text->size()};
        used += text->size();
      }
      return true;
    }
  };
  struct Marks {
    std::uint8_t asked, hand;
  };

  std::size_t place(std::size_t set) {
    for (std::size_t way = 0; way < kWays; ++way) {
      if (keys_[set][way].low == 0 && keys_[set][way].high == 0) return way;
    }
    Marks& marks = marks_[set];
    for (;;) {
      const std::size_t way = marks.hand++ % kWays;
      const auto bit = static_cast<std::uint8_t>(1U << way);
      if ((marks.asked & bit) == 0) return way;
      marks.asked &= static_cast<std::uint8_t>(~bit);
    }
  }

  std::size_t sets_;
  std::unique_ptr<std::array<Key, kWays>[], Freed<std::array<Key, kWays>>> keys_;
  std::unique_ptr<Marks[], Freed<Marks>> marks_;
  std::unique_ptr<std::array<Answer, kWays>[], Freed<std::array<Answer, kWays>>> answers_;
};

Result<std::unique_ptr<CachedDetector>> CachedDetector::create(const DeviceData& data,
                                                               std::size_t entries) {
  RS_TRY(auto detector, Detector::create(data));
  return std::unique_ptr<CachedDetector>(new CachedDetector(data, std::move(detector), entries));
}

CachedDetector::CachedDetector(const DeviceData& data, std::unique_ptr<Detector> detector,
                               std::size_t entries)
    : data_(data),
      detector_(std::move(detector)),
      cache_(entries > 0 ? std::make_unique<Cache>(entries) : nullptr),
      joined_(std::make_unique<char[]>(kJoinedMax)) {
  // At the size of a request a secret is cheaper than a seed, from which XXH3 would derive one each
  // time. The kernel never gives fewer bytes than asked for up to 256; should it give none, the key
  // is merely guessable.
  if (getrandom(secret_.data(), secret_.size(), 0) < 0) secret_.fill(0x9e);
}

CachedDetector::~CachedDetector() = default;

CachedDetector::Key CachedDetector::key_of(const Question& question) {
  char* out = joined_.get();
  const auto add = [&out](std::string_view text) {
    text = text.substr(0, kTextMax);  // As much as the detector looks at.
    // Absent and empty are not the same.
    const auto size = static_cast<std::uint16_t>(text.data() == nullptr ? 0xffff : text.size());
    std::memcpy(out, &size, sizeof size);
    out = std::copy(text.begin(), text.end(), out + sizeof size);
  };
  add(question.user_agent.empty() ? "" : question.user_agent);
  for (const auto header : question.headers) add(header);
  const auto hash = XXH3_128bits_withSecret(
      joined_.get(), static_cast<std::size_t>(out - joined_.get()), secret_.data(), secret_.size());
  return {hash.low64 | 1, hash.high64};
}

const Detection& CachedDetector::detect(const Question& question) {
  Key key;
  was_cached_ = false;
  if (cache_ != nullptr) {
    key = key_of(question);
    if (const Detection* known = cache_->find(key)) {
      was_cached_ = true;
      return *known;
    }
  }
  hints_.clear();
  for (std::size_t i = 0; i < kHintCount; ++i) {
    if (question.headers[i].data() != nullptr) {
      hints_.add(static_cast<Hint>(i), question.headers[i]);
    }
  }
  const Detection& detection = detector_->detect(question.user_agent, hints_);
  if (cache_ != nullptr) cache_->keep(key, detection, data_);
  return detection;
}

}  // namespace rs::device
