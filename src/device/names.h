#pragma once
// Tables of names, found as Matomo finds them: by the name in any case, by a name that is nearly
// the same (case and spaces do not count), or exactly. Built when the program starts from a section
// of the database, whose records it points to; immutable, any thread may use it.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "device/database.h"

namespace rs::device {

// How much two names may differ and still be the same.
enum class Folding : std::uint8_t { kNone, kCase, kCaseAndSpaces };

// From a name to the number of its record: the first, when several are the same.
class NameIndex {
 public:
  NameIndex(std::size_t names, Folding folding);
  void add(std::string_view name, std::uint32_t number);
  // `tail` is taken as if it followed the name.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name,
                                                  std::string_view tail = {}) const;

 private:
  struct Slot {
    std::string_view name;  // Null: free.
    std::uint32_t number = 0;
  };
  [[nodiscard]] std::uint64_t hash(std::string_view name, std::string_view tail) const;
  [[nodiscard]] bool equal(std::string_view name, std::string_view tail,
                           std::string_view known) const;

  Folding folding_;
  std::vector<Slot> slots_;  // A power of two, at most half full.
};

// Systems or browsers.
class NamedTable {
 public:
  NamedTable(const Database& database, Section section);

  // Null where nothing is found.
  [[nodiscard]] const Named* find(std::string_view name) const { return at(by_case_.find(name)); }
  [[nodiscard]] const Named* find_exact(std::string_view name) const {
    return at(exact_.find(name));
  }
  [[nodiscard]] const Named* find_short(std::string_view name) const {
    return at(by_short_.find(name));
  }
  [[nodiscard]] const Named* find_nearly(std::string_view name) const {
    return at(nearly_.find(name));
  }
  // Nearly `name`, or one of the two with " Browser" added; the first in the table's order.
  [[nodiscard]] const Named* find_browser(std::string_view name) const;

 private:
  [[nodiscard]] const Named* at(std::optional<std::uint32_t> number) const {
    return number ? &names_[*number] : nullptr;
  }
  std::span<const Named> names_;
  NameIndex by_case_, exact_, by_short_, nearly_;
};

// From a key to a text, exactly.
class TextTable {
 public:
  TextTable(const Database& database, Section section);
  // Null data() when it is not there.
  [[nodiscard]] std::string_view find(std::string_view key) const;

 private:
  const Database& database_;
  std::span<const Pair> pairs_;
  NameIndex index_;
};

}  // namespace rs::device
