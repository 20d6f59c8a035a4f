#pragma once
// What the database will hold, while it is put together in memory (src/device/format.h is the
// format). Not thread-safe. Throws std::runtime_error: this is a program of the build.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "device/format.h"

namespace rs::device {

class Builder {
 public:
  Builder();

  // The same text is kept once.
  Text text(std::string_view text);
  Text text(std::optional<std::string_view> text) { return text ? this->text(*text) : Text{}; }
  [[nodiscard]] std::string_view view(Text text) const {
    return std::string_view(strings).substr(text.offset, text.size);
  }

  // Lists are begun in the order of List, and each once.
  void begin(List list);
  // To the list begun last. Throws when PCRE2 refuses the regex.
  void add_pattern(std::string_view regex, Wrap wrap = Wrap::kParser);
  [[nodiscard]] std::uint32_t count(List list) const {
    return lists[static_cast<std::size_t>(list)].patterns.count;
  }

  std::string strings;
  std::vector<Pattern> patterns;
  std::vector<ListRecord> lists;
  std::vector<PatternSet> sets;
  std::vector<PatternId> always;
  std::vector<Word> words;
  std::vector<Gram> grams;
  std::vector<std::uint64_t> gram_filters;
  std::vector<WordTable> word_tables;
  std::vector<Bot> bots;
  std::vector<System> systems;
  std::vector<SystemVersion> system_versions;
  std::vector<Client> clients;
  std::vector<Browser> browsers;
  std::vector<EngineStep> engine_steps;
  std::vector<Engine> engines;
  std::vector<Brand> brands;
  std::vector<Model> models;
  std::vector<Text> vendor_fragments;
  std::vector<Named> system_names, browser_names;
  std::vector<Pair> hint_apps, hint_browsers, fire_os_versions, lineage_os_versions;
  std::vector<Text> television_clients;
  std::string source;

 private:
  std::unordered_map<std::string, Text> known_;
  std::size_t open_ = kListCount;  // The list begun last.
};

// Fills everything but the sets and their words from the JSON text of export.mjs.
void read_lists(const std::string& json_path, Builder& builder);

// Divides the lists into sets, and finds the words of each.
void make_sets(Builder& builder);

// Makes one table of words: for each, the gram by which it is found. Returns the table's number.
std::uint32_t add_word_table(Builder& builder, std::vector<Word> words);

// Writes the file, whole or not at all.
void write_database(const Builder& builder, const std::string& path);

}  // namespace rs::device
