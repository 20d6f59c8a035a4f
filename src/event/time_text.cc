#include "event/time_text.h"

#include <chrono>
#include <string>

namespace rs::event {
namespace {

// Takes `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || *year == 0 || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// "10:30" as minutes.
std::optional<int> take_minutes(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

// Microseconds of ".123456", of nothing, 0.
std::optional<int> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int micros = 0, scale = 1'000'000;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (scale == 1) return std::nullopt;
    scale /= 10;
    micros += (text.front() - '0') * scale;
    text.remove_prefix(1);
  }
  if (scale == 1'000'000) return std::nullopt;
  return micros;
}

// Minutes east of UTC.
std::optional<int> take_zone(std::string_view& text) {
  if (take(text, 'Z')) return 0;
  const bool is_east = take(text, '+');
  if (!is_east && !take(text, '-')) return std::nullopt;
  const auto minutes = take_minutes(text);
  if (!minutes) return std::nullopt;
  return is_east ? *minutes : -*minutes;
}

// The forms that clients write.

// "2026-11-30" or "20261130", as days.
std::optional<std::int64_t> take_any_date(std::string_view& text) {
  if (text.size() < 8 || text[4] == '-') return take_date(text);
  const std::string_view digits = text.substr(0, 8);
  std::string separated;
  separated.append(digits.substr(0, 4)).append("-");
  separated.append(digits.substr(4, 2)).append("-").append(digits.substr(6, 2));
  std::string_view rest = separated;
  text.remove_prefix(8);
  return take_date(rest);
}

// "14:00:00.5", "140000", "14:00" or "14", as microseconds. A leap second is the next minute's
// first.
std::optional<std::int64_t> take_any_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23) return std::nullopt;
  std::int64_t micros = *hour * std::int64_t{3'600'000'000};
  const bool separated = take(text, ':');
  const bool more = separated || (!text.empty() && text.front() >= '0' && text.front() <= '9');
  if (!more) return micros;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  micros += *minute * std::int64_t{60'000'000};
  if (separated ? !take(text, ':') : text.empty() || text.front() < '0' || text.front() > '9') {
    return micros;
  }
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  micros += *second * std::int64_t{1'000'000};
  if (!take(text, '.') && !take(text, ',')) return micros;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  for (int scale = 100'000; !text.empty() && text.front() >= '0' && text.front() <= '9';
       scale /= 10) {
    micros += (text.front() - '0') * scale;
    text.remove_prefix(1);
  }
  return micros;
}

// Minutes east of UTC of what remains: a zone or nothing.
std::optional<int> read_any_zone(std::string_view text) {
  take(text, ' ');
  if (text.empty() || text == "Z" || text == "z" || text == "UTC" || text == "GMT") return 0;
  const bool is_east = take(text, '+');
  if (!is_east && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = *hours * 60;
  if (!text.empty()) {
    take(text, ':');
    const auto rest = take_digits(text, 2);
    if (!rest || *rest > 59 || !text.empty()) return std::nullopt;
    minutes += *rest;
  }
  return is_east ? minutes : -minutes;
}

}  // namespace

std::optional<std::int64_t> read_moment(std::string_view text) {
  const auto days = take_any_date(text);
  if (!days) return std::nullopt;
  const std::int64_t midnight = *days * 86'400'000'000;
  if (text.empty()) return midnight;
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto time = take_any_time(text);
  const auto zone = time ? read_any_zone(text) : std::nullopt;
  if (!zone) return std::nullopt;
  return midnight + *time - *zone * std::int64_t{60'000'000};
}

std::optional<std::int64_t> read_date(std::string_view text) {
  const auto days = take_date(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<std::int64_t> read_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days || (!take(text, 'T') && !take(text, ' '))) return std::nullopt;
  const auto minutes = take_minutes(text);
  if (!minutes || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto micros = take_fraction(text);
  const auto zone = micros ? take_zone(text) : std::nullopt;
  if (!zone || !text.empty()) return std::nullopt;
  const std::int64_t all = *days * 24 * 60 + *minutes - *zone;
  return (all * 60 + *second) * 1'000'000 + *micros;
}

}  // namespace rs::event
