#pragma once
// The device database file: how tools/device_data writes it and the detector reads it, in place.
//   FileHeader, then sections, each an array of one record type below at an aligned offset.
// Numbers are little-endian and sections stand at multiples of kSectionAlignment, a cache line.
// Raise kFormatVersion with every change of this page.

#include <array>
#include <cstddef>
#include <cstdint>

namespace rs::device {

inline constexpr std::array<char, 8> kMagic = {'R', 'S', 'D', 'E', 'V', 'I', 'C', 'E'};
inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::size_t kSectionAlignment = 64;

// A string of the pool; kAbsent where the data says nothing, which differs from saying "".
inline constexpr std::uint32_t kAbsent = 0xffffffff;
struct Text {
  std::uint32_t offset = kAbsent, size = 0;
  [[nodiscard]] bool present() const { return offset != kAbsent; }
};

using PatternId = std::uint32_t;  // Index in kPatterns.
struct Range {
  std::uint32_t first = 0, count = 0;
};

// How a regex is anchored, as device.md section 1.0 has it.
enum class Wrap : std::uint8_t {
  kParser,     // Lists: not inside a word.
  kHeuristic,  // Rules of the detector itself: a digit may stand before.
  kNone,
};
struct Pattern {
  Text regex;
  Wrap wrap = Wrap::kParser;
};

// Matomo's lists. The patterns of one are contiguous and in its order; record i belongs to pattern
// first + i.
enum class List : std::uint8_t {
  kBots,
  kSystems,
  kSystemVersions,
  kPlatforms,
  kFeedReaders,
  kMobileApps,
  kMediaPlayers,
  kPims,
  kBrowsers,
  kLibraries,
  kEngines,
  kTelevisions,
  kShellTvs,
  kNotebooks,
  kConsoles,
  kCarBrowsers,
  kCameras,
  kPortablePlayers,
  kVendorFragments,
  kHeuristics,
  kMobiles,
  kEngineVersions,
  kModels,
  kCount  // Not a list.
};
inline constexpr std::size_t kListCount = static_cast<std::size_t>(List::kCount);

// Patterns whose candidates are found together, by their words.
struct PatternSet {
  Range patterns;
  Range always;             // Of kAlwaysCandidates: patterns that need no word.
  std::uint32_t table = 0;  // Of kWordTables. The sets of lists share the first.
};
inline constexpr std::uint32_t kNoSet = 0xffffffff;

// Where a word counts. kWord: where a match's wrapping lets it begin, so no letter or digit stands
// before.
enum class WordStart : std::uint8_t { kAnywhere, kWord, kText };

// A word (lower-case) that makes a pattern a candidate, found by some bytes of it: its gram.
struct Word {
  Text text;
  std::uint32_t index = 0;    // The pattern, counted from the set's first.
  std::uint16_t gram_at = 0;  // Where in the word the gram stands.
  std::uint8_t set = 0;       // Of the sets that share a table of words.
  WordStart start = WordStart::kAnywhere;
  bool at_end = false;  // One of ) ; / and blank follows, or the text's end.
};
// A slot of a hash table with linear probing, a power of two in size; free when there are no words.
struct Gram {
  std::uint32_t bytes = 0;
  Range words;  // Of kWords.
};
// The grams of two, three and four bytes that are looked for together. A filter is a power of two
// of bits that tells by its hash whether a gram may be there.
inline constexpr std::size_t kGramSizes = 3;
struct WordTable {
  std::array<Range, kGramSizes> grams;    // Of kGrams.
  std::array<Range, kGramSizes> filters;  // Of kGramFilters, 64 bits each.
};
// Multiplicative hashing: the golden ratio's bits.
[[nodiscard]] constexpr std::uint32_t gram_hash(std::uint32_t gram) {
  const std::uint32_t hash = gram * 0x9e3779b1U;
  return hash ^ (hash >> 15);
}

struct ListRecord {
  Range patterns;
  std::uint32_t set = kNoSet;  // Without one, every pattern is a candidate.
};

struct Bot {
  Text name, category, url, producer_name, producer_url;
};
// Name and version of systems and clients are templates: "$1" is the first group of the match.
struct System {
  Text name, version;
  Range versions;  // Of kSystemVersions, counted from that list's start.
};
struct SystemVersion {
  Text name, version;
};
struct Client {
  Text name, version;
};
struct Browser {
  Text name, version;
  Text engine;    // The default.
  Range engines;  // Of kEngineSteps: later versions have others.
};
struct EngineStep {
  Text version, engine;
};
struct Engine {
  Text name;
};

// Matomo's device types, in the order of its numbers.
enum class DeviceType : std::uint8_t {
  kDesktop,
  kSmartphone,
  kTablet,
  kFeaturePhone,
  kConsole,
  kTv,
  kCarBrowser,
  kSmartDisplay,
  kCamera,
  kPortableMediaPlayer,
  kPhablet,
  kSmartSpeaker,
  kWearable,
  kPeripheral,
  kNone,
};

struct Brand {
  Text name, model;
  Range models;                // Of kModels, counted from that list's start.
  std::uint32_t set = kNoSet;  // That has its models.
  DeviceType type = DeviceType::kNone;
  bool has_models = false;
};
struct Model {
  Text model, brand;
  DeviceType type = DeviceType::kNone;
};

// A name with its short code, in the order of Matomo's table.
struct Named {
  Text name, short_name;
  Text family;
  bool mobile_only = false;
};
struct Pair {
  Text key, value;
};

enum class Section : std::uint32_t {
  kStrings,  // char
  kPatterns,
  kLists,  // ListRecord, one for each List
  kSets,
  kAlwaysCandidates,  // PatternId
  kWords,             // Grouped by gram
  kGrams,             // Gram
  kGramFilters,       // std::uint64_t
  kWordTables,        // WordTable
  kBots,
  kSystems,
  kSystemVersions,
  kClients,  // All lists of clients but browsers, one after the other
  kBrowsers,
  kEngineSteps,
  kEngines,
  kBrands,  // All lists of devices, one after the other
  kModels,
  kVendorFragments,  // Text: the brand
  kSystemNames,      // Named
  kBrowserNames,     // Named
  kHintApps,         // Pair, as are the others
  kHintBrowsers,
  kFireOsVersions,
  kLineageOsVersions,
  kTelevisionClients,  // Text
  kCount               // Not a section.
};
inline constexpr std::size_t kSectionCount = static_cast<std::size_t>(Section::kCount);

struct SectionPlace {
  std::uint64_t offset = 0, size = 0;  // Bytes.
};

struct FileHeader {
  std::array<char, 8> magic = kMagic;
  std::uint32_t format_version = kFormatVersion;
  std::uint32_t header_size = sizeof(FileHeader);
  std::uint64_t file_size = 0;
  std::uint64_t checksum = 0;   // XXH3 of all that follows the header.
  std::array<char, 64> data{};  // Where the lists come from, such as "node-device-detector 2.2.7".
  std::array<SectionPlace, kSectionCount> sections{};
};

}  // namespace rs::device
