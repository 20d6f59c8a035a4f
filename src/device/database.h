#pragma once
// The device database, mapped into memory and read in place (format.h). Immutable: any thread may
// use it, and it outlives whatever it handed out. Opening checks the file's checksum without
// keeping its pages, so that only what detection touches becomes resident.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "device/format.h"

namespace rs::device {

class Database {
 public:
  // Fails when the file is missing, damaged, or made for another version of this program.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Null data() for what is absent.
  [[nodiscard]] std::string_view text(Text text) const {
    return text.present() ? std::string_view(strings_ + text.offset, text.size)
                          : std::string_view();
  }
  [[nodiscard]] bool owns(std::string_view text) const {
    return text.data() >= memory_ && text.data() < memory_ + size_;
  }

  [[nodiscard]] const ListRecord& list(List list) const {
    return lists_[static_cast<std::size_t>(list)];
  }
  [[nodiscard]] const PatternSet& set(std::size_t index) const { return sets_[index]; }
  [[nodiscard]] std::span<const PatternSet> sets() const { return sets_; }
  [[nodiscard]] std::span<const Pattern> patterns() const { return patterns_; }

  // All records of a section. T must be the section's type.
  template <class T>
  [[nodiscard]] std::span<const T> records(Section section) const {
    const SectionPlace& place = header().sections[static_cast<std::size_t>(section)];
    return {reinterpret_cast<const T*>(memory_ + place.offset), place.size / sizeof(T)};
  }

  // "node-device-detector 2.2.7"
  [[nodiscard]] std::string_view source() const { return header().data.data(); }

 private:
  Database(const char* memory, std::size_t size);
  [[nodiscard]] const FileHeader& header() const {
    return *reinterpret_cast<const FileHeader*>(memory_);
  }

  const char* memory_;
  std::size_t size_;
  const char* strings_;
  std::span<const ListRecord> lists_;
  std::span<const PatternSet> sets_;
  std::span<const Pattern> patterns_;
};

}  // namespace rs::device
