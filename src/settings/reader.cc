#include "settings/reader.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "settings/rules.h"
#include "settings/sources.h"
#include "settings/table.h"

namespace rs::settings {
namespace {

constexpr std::size_t kShownMax = 120;  // Bytes of a value in a message.

// The known name that `name` was probably meant to be; empty when none is near.
std::string_view nearest(std::string_view name, std::size_t distance_max) {
  std::string_view best;
  std::size_t best_distance = distance_max + 1;
  for (const auto& group : settings_table()) {
    for (const auto& setting : group.settings) {
      // PORT for RUN__PORT is a likely slip, though many letters apart.
      const std::string_view known = setting.name;
      const bool is_tail = known.size() > name.size() + 2 && !name.empty() &&
                           known.substr(known.size() - name.size()) == name &&
                           known.substr(known.size() - name.size() - 2, 2) == "__";
      const std::size_t distance = is_tail ? 1 : edit_distance(name, known);
      if (distance < best_distance) {
        best = known;
        best_distance = distance;
      }
    }
  }
  return best;
}

class SettingsReader {
 public:
  explicit SettingsReader(const Sources& sources) : all_(collect_given(sources)) {}

  Reading run() {
    reading_.mistakes = std::move(all_.mistakes);
    check_names();
    check_contradictions();
    // Defaults that depend on other settings come after those.
    for (const bool derived : {false, true}) {
      for (const auto& group : settings_table()) {
        for (const auto& setting : group.settings) {
          if ((setting.derive != nullptr) == derived) read(setting);
        }
      }
    }
    check_rules();
    list_values();
    return std::move(reading_);
  }

 private:
  void check_names() {
    for (const auto& given : all_.entries) {
      if (is_known(given.name)) continue;
      if (given.prefixed) {
        const auto meant = nearest(given.name, std::max<std::size_t>(3, given.name.size() / 2));
        reading_.mistakes.push_back(
            {given.where,
             given.written,
             {},
             meant.empty() ? "is not a setting; print-settings lists all"
                           : fmt::format("is not a setting; did you mean {}{}?", kPrefix, meant)});
      } else if (given.name.find("__") != std::string::npos) {
        // Without the prefix it may be another program's, so this is only a hint.
        const auto meant = nearest(given.name, 2);
        if (meant.empty()) continue;
        reading_.notes.push_back(
            fmt::format("{} ({}) is not a setting and is ignored; did you mean {}?", given.written,
                        given.where, meant));
      }
    }
  }

  // The environment has no order: two spellings of one name with two values say nothing.
  void check_contradictions() {
    std::map<std::pair<bool, std::string_view>, const Given*> seen;
    for (const auto& given : all_.entries) {
      if (given.in_file || !is_known(given.name)) continue;
      const auto [first, is_new] = seen.try_emplace({given.prefixed, given.name}, &given);
      if (!is_new && first->second->value != given.value) {
        reading_.mistakes.push_back(
            {given.where, given.written, given.value,
             fmt::format("contradicts {}, which is the same name", first->second->written)});
      }
    }
  }

  static bool is_known(std::string_view name) {
    for (const auto& group : settings_table()) {
      for (const auto& setting : group.settings) {
        if (setting.name == name) return true;
      }
    }
    return false;
  }

  // The entry that counts, or null when the default does.
  [[nodiscard]] const Given* find(std::string_view name) const {
    const auto first = [&](std::string_view wanted, bool may_be_prefixed) -> const Given* {
      for (const auto& given : all_.entries) {
        if (given.name == wanted && !given.value.empty() && (may_be_prefixed || !given.prefixed)) {
          return &given;
        }
      }
      return nullptr;
    };
    const Given* found = first(name, true);
    if (found == nullptr && name == "RUN__PORT") found = first("PORT", false);
    return found;
  }

  void read(const Setting& setting) {
    if (const Given* given = find(setting.name); given != nullptr) {
      if (given->wants_expansion) {
        return reject(setting, *given,
                      "holds ${...} or $(...), which is not replaced here: write the value, or put "
                      "it in single quotes if it is meant so");
      }
      if (given->value[0] == '"' || given->value[0] == '\'') {
        return reject(setting, *given,
                      "begins with a quotation mark, which is part of the value here (docker's "
                      "--env-file and Kubernetes pass it on): write the value without it");
      }
      auto value = put(setting.kind, given->value, reading_.settings);
      if (!value) return reject(setting, *given, value.error().message);
      values_[setting.name] = {&setting, std::move(*value), given->where + " " + given->written,
                               true};
      return;
    }
    const std::string text = setting.derive != nullptr
                                 ? setting.derive({reading_.settings, on_cloud_run()})
                                 : std::string(setting.fallback);
    const bool is_no_text = text.empty() && std::holds_alternative<Text>(setting.kind);
    auto value =
        is_no_text ? Result<std::string>(text) : put(setting.kind, text, reading_.settings);
    values_[setting.name] = {&setting, value ? *value : text, default_source(setting), false};
    if (!value) unsound_.insert(setting.name);  // It follows a setting that is a mistake itself.
  }

  static std::string default_source(const Setting& setting) {
    return setting.derive == nullptr ? "default" : fmt::format("default: {}", setting.fallback);
  }

  void reject(const Setting& setting, const Given& given, std::string problem) {
    unsound_.insert(setting.name);
    values_[setting.name] = {&setting, given.value, given.where, true};
    reading_.mistakes.push_back({given.where, given.written, given.value, std::move(problem)});
  }

  void check_rules() {
    const auto is_sound = [&](std::string_view name) { return unsound_.count(name) == 0; };
    for (auto& rule : broken_rules(reading_.settings, is_sound)) {
      const Effective& value = values_.at(rule.setting);
      if (const Given* given = find(rule.setting); given != nullptr) {
        reading_.mistakes.push_back(
            {given->where, given->written, value.value, std::move(rule.problem)});
      } else {
        reading_.mistakes.push_back({value.value.empty() ? "not set" : value.source,
                                     fmt::format("{}{}", kPrefix, rule.setting), value.value,
                                     std::move(rule.problem)});
      }
    }
  }

  void list_values() {
    for (const auto& group : settings_table()) {
      for (const auto& setting : group.settings) {
        reading_.values.push_back(std::move(values_.at(setting.name)));
      }
    }
  }

  [[nodiscard]] bool on_cloud_run() const {
    return std::any_of(all_.entries.begin(), all_.entries.end(), [](const Given& given) {
      return !given.in_file && given.written == "K_SERVICE" && !given.value.empty();
    });
  }

  AllGiven all_;
  Reading reading_;
  std::map<std::string_view, Effective> values_;
  std::set<std::string_view> unsound_;  // Settings whose value is a mistake.
};

}  // namespace

std::string describe(const Mistake& mistake) {
  if (mistake.setting.empty()) return fmt::format("{} {}", mistake.where, mistake.problem);
  std::string out = mistake.setting;
  if (!mistake.value.empty()) {
    out += " = \"";
    append_json_escaped(out, std::string_view(mistake.value).substr(0, kShownMax));
    out += mistake.value.size() > kShownMax ? "...\"" : "\"";
  }
  return fmt::format("{} ({}) {}", out, mistake.where, mistake.problem);
}

std::string describe(std::span<const Mistake> mistakes) {
  std::string out = mistakes.size() == 1
                        ? std::string("There is a mistake in the settings:\n")
                        : fmt::format("There are {} mistakes in the settings:\n", mistakes.size());
  for (const auto& mistake : mistakes) out += "  " + describe(mistake) + "\n";
  return out;
}

Reading read_settings(const Sources& sources) {
  return SettingsReader(sources).run();
}

}  // namespace rs::settings
