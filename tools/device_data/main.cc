// Compiles the device database.
//   device_compiler LISTS.json OUTPUT.db        LISTS.json as export.mjs writes it

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>

#include <fmt/core.h>
#include <xxhash.h>

#include "builder.h"
#include "device/format.h"

namespace rs::device {
namespace {

template <std::size_t kSize>
void copy_name(std::string_view name, std::array<char, kSize>& out) {
  if (name.size() >= kSize) throw std::runtime_error("a name is too long for the file's header");
  std::memcpy(out.data(), name.data(), name.size());
}

// The bytes that follow the header, and where each section lies.
class Body {
 public:
  explicit Body(FileHeader& header) : header_(header) { align(); }

  template <class Container>
  void add(Section section, const Container& records) {
    const auto bytes = std::as_bytes(std::span(records.data(), records.size()));
    header_.sections[static_cast<std::size_t>(section)] = {sizeof(FileHeader) + text_.size(),
                                                           bytes.size()};
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    align();
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void align() {
    const std::size_t used = (sizeof(FileHeader) + text_.size()) % kSectionAlignment;
    if (used != 0) text_.append(kSectionAlignment - used, '\0');
  }
  FileHeader& header_;
  std::string text_;
};

}  // namespace

void write_database(const Builder& builder, const std::string& path) {
  FileHeader header;
  Body body(header);
  body.add(Section::kStrings, builder.strings);
  body.add(Section::kPatterns, builder.patterns);
  body.add(Section::kLists, builder.lists);
  body.add(Section::kSets, builder.sets);
  body.add(Section::kAlwaysCandidates, builder.always);
  body.add(Section::kWords, builder.words);
  body.add(Section::kGrams, builder.grams);
  body.add(Section::kGramFilters, builder.gram_filters);
  body.add(Section::kWordTables, builder.word_tables);
  body.add(Section::kBots, builder.bots);
  body.add(Section::kSystems, builder.systems);
  body.add(Section::kSystemVersions, builder.system_versions);
  body.add(Section::kClients, builder.clients);
  body.add(Section::kBrowsers, builder.browsers);
  body.add(Section::kEngineSteps, builder.engine_steps);
  body.add(Section::kEngines, builder.engines);
  body.add(Section::kBrands, builder.brands);
  body.add(Section::kModels, builder.models);
  body.add(Section::kVendorFragments, builder.vendor_fragments);
  body.add(Section::kSystemNames, builder.system_names);
  body.add(Section::kBrowserNames, builder.browser_names);
  body.add(Section::kHintApps, builder.hint_apps);
  body.add(Section::kHintBrowsers, builder.hint_browsers);
  body.add(Section::kFireOsVersions, builder.fire_os_versions);
  body.add(Section::kLineageOsVersions, builder.lineage_os_versions);
  body.add(Section::kTelevisionClients, builder.television_clients);
  copy_name(builder.source, header.data);
  header.file_size = sizeof header + body.text().size();
  header.checksum = XXH3_64bits(body.text().data(), body.text().size());

  const std::string partial = path + ".partial";
  std::ofstream file(partial, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  file.write(body.text().data(), static_cast<std::streamsize>(body.text().size()));
  file.close();
  if (!file) throw std::runtime_error(fmt::format("cannot write {}", partial));
  std::filesystem::rename(partial, path);
}

}  // namespace rs::device

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: device_compiler LISTS.json OUTPUT.db\n");
    return 2;
  }
  try {
    rs::device::Builder builder;
    rs::device::read_lists(argv[1], builder);
    rs::device::make_sets(builder);
    rs::device::write_database(builder, argv[2]);
    fmt::print("{}: {} regexes of {}, {} words in {} tables, {} always tried\n", argv[2],
               builder.patterns.size(), builder.source, builder.words.size(),
               builder.word_tables.size(), builder.always.size());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "device_compiler: {}\n", error.what());
    return 1;
  }
}
