#pragma once
// One setting: its name, what it may be, what it is for, and where its value goes.
// The table of all of them is in settings_table.h; everything that lists settings reads that table.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "settings/settings.h"

namespace rs::settings {

// What values fit, and the field that takes them. `put` never fails.
struct WholeNumber {
  std::uint64_t least, most;
  void (*put)(Settings&, std::uint64_t);
};
struct Seconds {  // Fractions allowed, down to a millisecond.
  double least, most;
  void (*put)(Settings&, std::chrono::milliseconds);
};
struct Flag {
  void (*put)(Settings&, bool);
};
struct Choice {
  std::span<const std::string_view> words;  // Put as the index of the word.
  void (*put)(Settings&, std::size_t);
};
// Brings text into the one form that the program works with; an Error names what is allowed.
using Tidy = Result<std::string> (*)(std::string_view text);
struct Text {
  std::string_view allowed;
  Tidy tidy;
  void (*put)(Settings&, std::string);
};
struct List {  // A JSON array of strings, or items with commas in between.
  std::string_view allowed;
  Tidy tidy;  // For each item.
  void (*put)(Settings&, std::vector<std::string>);
};
using Kind = std::variant<WholeNumber, Seconds, Flag, Choice, Text, List>;

// What a default may depend on.
struct Situation {
  const Settings& given;  // Everything that is set or has a constant default is in place.
  bool on_cloud_run;      // K_SERVICE is set (cloud.google.com/run/docs/container-contract).
};

struct Setting {
  std::string_view name;      // Without APP_CONFIG__.
  std::string_view fallback;  // The default as one would write it; in words where `derive` is set.
  Kind kind;
  std::string_view help;                              // Whole sentences.
  std::string (*derive)(const Situation&) = nullptr;  // Computes the default, as text.
};

// "a whole number from 1 to 65535"
[[nodiscard]] std::string allowed(const Kind& kind);

// Puts `text` into its field. Returns the text of the value as it will be used, or an Error whose
// message goes on after the variable's name: "must be a whole number from 1 to 65535".
[[nodiscard]] Result<std::string> put(const Kind& kind, std::string_view text, Settings& into);

}  // namespace rs::settings
