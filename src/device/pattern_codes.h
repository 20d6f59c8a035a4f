#pragma once
// The database's regexes as PCRE2 machine code, made when first needed (about 20 us each) and then
// shared: traffic touches a few hundred of 20,000. Any thread may use it; a code is immutable once
// published. A regex that reads on, such as "Tizen.+Chrome", heeds the offset limit of a match
// context: where a match may begin at the latest. A regex that PCRE2 refuses never gets here: the
// database's compiler has tried them all.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "device/database.h"

struct pcre2_real_code_8;

namespace rs::device {

// `regex` anchored as `wrap` says, in a form that gives the same groups and starts where Matomo's
// own wrapping would. Matomo's consumes what stands before a word; a look-behind leaves the regex's
// first character in front, which lets PCRE2 search for it.
[[nodiscard]] std::string wrapped(std::string_view regex, Wrap wrap);

class PatternCodes {
 public:
  explicit PatternCodes(const Database& database);
  ~PatternCodes();

  // Null only when memory is short.
  [[nodiscard]] const pcre2_real_code_8* get(PatternId id) const {
    const auto* code = codes_[id].load(std::memory_order_acquire);
    return code != nullptr ? code : compile(id);
  }

 private:
  static bool reads_on(std::string_view regex);
  [[nodiscard]] const pcre2_real_code_8* compile(PatternId id) const;

  const Database& database_;
  std::unique_ptr<std::atomic<pcre2_real_code_8*>[]> codes_;
};

}  // namespace rs::device
