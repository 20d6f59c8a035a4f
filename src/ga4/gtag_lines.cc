#include "ga4/gtag_lines.h"

#include <utility>

#include "base/text.h"

namespace rs::ga4 {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kSwallowedBreak = "%0D%0Aen%3D";  // "\r\nen=", encoded.

// `name` with its '='.
bool has_key(std::string_view line, std::string_view name) {
  for (auto at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    if (at == 0 || line[at - 1] == '&') return true;
  }
  return false;
}

// Whether the value of `key` may hold any text, so that a line break in it may be its own.
bool is_free_text(std::string_view key) {
  return key.starts_with("ep.") || key.starts_with("up.") || key.starts_with("pr") || key == "dt" ||
         key == "dl" || key == "dr";
}

// Appends `pair` with each line break that its value swallowed as one.
void append_repaired(std::string& out, std::string_view pair) {
  if (is_free_text(pair.substr(0, pair.find('=')))) {
    out.append(pair);
    return;
  }
  for (auto at = pair.find(kSwallowedBreak); at != std::string_view::npos;
       at = pair.find(kSwallowedBreak)) {
    out.append(pair.substr(0, at)).append("\nen=");
    pair.remove_prefix(at + kSwallowedBreak.size());
  }
  out.append(pair);
}

}  // namespace

void GtagLines::start(std::string_view query, std::string_view body) {
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  shared_.clear();
  shared_.read(query);
  rest_ = body;
  if (query.empty() && body.find(kSwallowedBreak) != std::string_view::npos &&
      has_key(body, "qt=") && has_key(body, "tid=")) {
    repair_replayed_batch(body);
  }
  has_line_ = next_line(line_);
  query_is_event_ = shared_.has(Field::kEventName) || !has_line_;
}

bool GtagLines::next(GtagFields& hit) {
  hit.clear();
  if (query_is_event_) {
    query_is_event_ = false;
    if (!has_line_) {
      std::swap(hit, shared_);
      return true;
    }
    hit = shared_;
    if (has_key(line_, "en=")) return true;
    hit.read(line_);
  } else {
    if (!has_line_) return false;
    hit.inherit(shared_);
    hit.read(line_);
  }
  has_line_ = next_line(line_);
  return true;
}

bool GtagLines::next_line(std::string_view& line) {
  while (!rest_.empty()) {
    line = take_until(rest_, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!trim(line).empty()) return true;
  }
  return false;
}

void GtagLines::repair_replayed_batch(std::string_view body) {
  repaired_.clear();
  for (std::string_view pairs = body; !pairs.empty();) {
    append_repaired(repaired_, take_until(pairs, '&'));
    if (!pairs.empty()) repaired_.push_back('&');
  }
  rest_ = arena_.copy(repaired_);
  GtagFields all(arena_);
  all.read(body);
  shared_.clear();
  shared_.inherit(all);  // Without what belongs to one event.
}

}  // namespace rs::ga4
