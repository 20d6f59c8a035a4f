#include "settings/sources.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"
#include "settings/env_file.h"
#include "settings/table.h"

namespace rs::settings {
namespace {

constexpr std::size_t kFileMax = 1024 * 1024;  // Bytes.

std::string_view trim_all(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

Given given(std::string_view written, std::string_view value, std::string where) {
  Given out{std::string(written), {},   false, false, std::string(trim_all(value)),
            std::move(where),     false};
  out.prefixed = equals_ignoring_case(written.substr(0, kPrefix.size()), kPrefix);
  if (out.prefixed) written.remove_prefix(kPrefix.size());
  out.name = written;
  for (char& c : out.name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return out;
}

void read_environment(const Sources& sources, AllGiven& all) {
  for (const std::string_view entry : sources.environment) {
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    all.entries.push_back(given(entry.substr(0, equals), entry.substr(equals + 1), "environment"));
  }
}

void read_file(const std::string& path, AllGiven& all) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (!file || file.bad()) {
    all.mistakes.push_back({path, {}, {}, fmt::format("cannot be read: {}", std::strerror(errno))});
    return;
  }
  if (text.size() > kFileMax) {
    all.mistakes.push_back({path, {}, {}, "is larger than 1 MB"});
    return;
  }
  const EnvText parsed = parse_env_text(text);
  for (const auto& fault : parsed.faults) {
    all.mistakes.push_back({fmt::format("{}:{}", path, fault.line), {}, {}, fault.problem});
  }
  // The last of a repeated name counts, so the last comes first.
  for (auto entry = parsed.entries.rbegin(); entry != parsed.entries.rend(); ++entry) {
    Given one = given(entry->name, entry->value, fmt::format("{}:{}", path, entry->line));
    one.in_file = true;
    one.wants_expansion = entry->wants_expansion;
    all.entries.push_back(std::move(one));
  }
}

void read_env_file(const Sources& sources, AllGiven& all) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (sources.env_file) {
    if (!fs::exists(*sources.env_file, error) || fs::is_directory(*sources.env_file, error)) {
      all.mistakes.push_back({*sources.env_file, {}, {}, "is named by --env-file and is no file"});
    } else {
      read_file(*sources.env_file, all);
    }
    return;
  }
  for (const char* name : {".env", "src/.env"}) {
    const fs::path path = sources.folder == "." ? fs::path(name) : fs::path(sources.folder) / name;
    if (!fs::is_regular_file(path, error)) continue;  // .env may be a folder: a Python habit.
    return read_file(path.string(), all);
  }
}

}  // namespace

Sources process_sources(std::optional<std::string> env_file) {
  Sources sources;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    sources.environment.emplace_back(*entry);
  }
  sources.env_file = std::move(env_file);
  return sources;
}

AllGiven collect_given(const Sources& sources) {
  AllGiven all;
  read_environment(sources, all);
  read_env_file(sources, all);
  std::stable_sort(all.entries.begin(), all.entries.end(), [](const Given& a, const Given& b) {
    return std::pair(a.in_file, !a.prefixed) < std::pair(b.in_file, !b.prefixed);
  });
  return all;
}

}  // namespace rs::settings
