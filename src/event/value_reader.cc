#include "event/value_reader.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "event/number_text.h"
#include "event/time_text.h"

namespace rs::event {
namespace {

struct ConsentWord {
  std::string_view word, stored;  // A null `stored` says nothing: the same as null.
};
constexpr std::string_view kYes = "Yes", kNo = "No";
constexpr ConsentWord kConsentWords[] = {
    {"granted", kYes}, {"denied", kNo}, {"true", kYes}, {"false", kNo}, {"yes", kYes}, {"no", kNo},
    {"1", kYes},       {"0", kNo},      {"on", kYes},   {"off", kNo},   {"y", kYes},   {"n", kNo},
    {"t", kYes},       {"f", kNo},      {"", {}},       {"unset", {}},
};

// 2^63: the first double that no longer fits.
constexpr double kInt64End = 9223372036854775808.0;

}  // namespace

bool ValueReader::text(const Path& path, std::optional<std::string_view>& out) {
  if (warnings_ == nullptr || json_.peek() == '"') return as_text(path, out);
  const std::size_t start = json_.position();
  if (!as_text(path, out)) return false;
  if (out) warn(warning::kStoredAsText, path, start);
  return true;
}

bool ValueReader::as_text(const Path& path, std::optional<std::string_view>& out) {
  switch (json_.peek()) {
    case '"': {
      std::string_view value;
      if (!json_.string(value)) return false;
      out = value;
      return true;
    }
    case 'n':
      out.reset();
      return json_.literal();
    case '{':
    case '[':
      out.reset();
      return wrong(problem::kNotText, path);
    default: {
      const std::size_t start = json_.position();
      if (!json_.skip()) return false;
      out = json_.text_since(start);
      return true;
    }
  }
}

bool ValueReader::scalar(const Path& path, std::optional<row::ParamValue>& out) {
  const std::size_t start = json_.position();
  out.reset();
  switch (json_.peek()) {
    case '"':
    case 't':
    case 'f': {
      std::optional<std::string_view> value;
      if (!text(path, value)) return false;
      if (value && !value->empty()) out.emplace().string_value = value;
      return true;
    }
    case '{':
    case '[':
      if (!json_.skip()) return false;
      warn(warning::kNotAScalar, path, start);
      return true;
    default: {
      SentNumber sent;
      if (!number(path, problem::kNotNumber, sent)) return false;
      out = param_value_of(sent);
      return true;
    }
  }
}

std::optional<row::ParamValue> param_value_of(const SentNumber& sent) {
  row::ParamValue value;
  switch (sent.form) {
    case SentNumber::Form::kNone:
      return std::nullopt;
    case SentNumber::Form::kWhole:
      value.int_value = sent.whole;
      break;
    case SentNumber::Form::kFraction:
      value.double_value = sent.value;
      break;
    case SentNumber::Form::kUnread:
      value.string_value = sent.text;
      break;
  }
  return value;
}

bool ValueReader::number(const Path& path, const ProblemKind& wrong_shape, SentNumber& out) {
  using Form = SentNumber::Form;
  out = {};
  JsonNumber number;
  switch (json_.peek()) {
    case 'n':
      return json_.literal();
    case 't':
    case 'f':
      out.form = Form::kWhole;
      out.whole = json_.peek() == 't' ? 1 : 0;
      out.value = static_cast<double>(out.whole);
      return json_.literal();
    case '{':
    case '[':
      return wrong(wrong_shape, path);
    case '"': {
      const std::size_t start = json_.position();
      if (!json_.string(out.text)) return false;
      const auto text = trim_blanks(out.text);
      if (text.empty()) return true;
      if (!read_number_text(text, number)) {
        out.form = Form::kUnread;
        return true;
      }
      warn(warning::kStoredAsNumber, path, start);
      break;
    }
    default:
      if (json_.at_end()) return json_.fail("Expecting value");
      if (!json_.number(number)) return false;
      out.text = number.text;
      break;
  }
  out.whole = number.integer;
  out.value = number.value;
  if (number.is_integer) {
    out.form = Form::kWhole;
  } else {
    out.form = std::isfinite(number.value) ? Form::kFraction : Form::kUnread;
  }
  return true;
}

std::optional<std::int64_t> ValueReader::rounded(const SentNumber& sent) {
  if (sent.form == SentNumber::Form::kWhole) return sent.whole;
  if (sent.form != SentNumber::Form::kFraction) return std::nullopt;
  if (!(sent.value >= -kInt64End && sent.value < kInt64End)) return std::nullopt;
  const auto nearest = static_cast<std::int64_t>(std::round(sent.value));
  if (nearest != 0) return nearest;
  return sent.value < 0 ? -1 : 1;  // 0.3 kg were bought: not nothing.
}

void ValueReader::keep(const Path& path, std::size_t start, const SentNumber& sent, bool exact,
                       KeptNumbers& kept) {
  const std::string_view key = path.key;
  if (!kept.empty()) std::erase_if(kept, [&](const auto& param) { return param.key == key; });
  if (exact) return;
  kept.push_back({key, param_value_of(sent)});
  warn(warning::kKeptAsParameter, path, start);
}

bool ValueReader::integer(const Path& path, std::optional<std::int64_t>& out, KeptNumbers& kept) {
  SentNumber sent;
  out.reset();
  const std::size_t start = json_.position();
  if (!number(path, problem::kNotInteger, sent)) return false;
  out = rounded(sent);
  const bool exact = sent.form == SentNumber::Form::kNone || sent.form == SentNumber::Form::kWhole;
  keep(path, start, sent, exact, kept);
  return true;
}

bool ValueReader::moment(std::optional<std::int64_t>& out, bool& unread) {
  out.reset();
  unread = true;
  JsonNumber number;
  switch (json_.peek()) {
    case 'n':
      unread = false;
      return json_.literal();
    case 't':
    case 'f':
    case '{':
    case '[':
      return json_.skip();
    case '"': {
      std::string_view text;
      if (!json_.string(text)) return false;
      text = trim_blanks(text);
      if (text.empty()) {
        unread = false;
        return true;
      }
      if (!read_plain_number_text(text, number)) {
        out = read_moment(text);
        unread = !out;
        return true;
      }
      break;
    }
    default:
      if (json_.at_end()) return json_.fail("Expecting value");
      if (!json_.number(number)) return false;
      break;
  }
  if (number.is_integer) {
    out = number.integer;
  } else if (number.value >= -kInt64End && number.value < kInt64End) {
    out = static_cast<std::int64_t>(std::floor(number.value));
  }
  unread = !out;
  return true;
}

bool ValueReader::consent(const Path& path, std::optional<std::string_view>& out) {
  out.reset();
  const std::size_t start = json_.position();
  const char c = json_.peek();
  if (c == '{' || c == '[') return wrong(problem::kNotBoolean, path);
  if (c == 'n') return json_.literal();
  std::optional<std::string_view> said;
  if (!as_text(path, said)) return false;
  const auto word = trim_blanks(said.value_or(""));
  const auto* known = std::find_if(
      std::begin(kConsentWords), std::end(kConsentWords),
      [&](const ConsentWord& entry) { return equals_ignoring_case(entry.word, word); });
  if (known == std::end(kConsentWords)) {
    note(problem::kUnreadableBoolean, &path, start);
  } else if (known->stored.data() != nullptr) {
    out = known->stored;
  }
  return true;
}

bool ValueReader::wrong(const ProblemKind& kind, const Path& path) {
  const std::size_t start = json_.position();
  if (!json_.skip()) return false;
  note(kind, &path, start);
  return true;
}

}  // namespace rs::event
