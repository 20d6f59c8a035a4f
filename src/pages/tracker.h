#pragma once
// GET {fetch}/v6.js: the tracker. A file v6.js in the static folder (API__STATIC_DIR) is served
// in place of the built-in script, and read again when it changes, comes or goes.
//
// Nothing of a request names a file, so nothing but that one can be served. A file that can not
// be read, is no regular file or is larger than kTrackerBytesMax is as good as none; one that
// changes while it is read is served as it was before. Thread-safe: one stat() each request. The
// request that finds a changed file reads and encodes it without the lock; the others get what was
// served before meanwhile.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/mutex.h"
#include "http/message.h"
#include "pages/static_page.h"

namespace rs::pages {

inline constexpr std::size_t kTrackerBytesMax = 1 << 20;

// Of scripts that other sites load: an hour without asking, then by ETag.
inline constexpr std::string_view kScriptType = "application/javascript";
inline constexpr std::string_view kScriptHeaders =
    "Cache-Control: public, max-age=3600\r\n"
    "Cross-Origin-Resource-Policy: cross-origin\r\n"
    "X-Content-Type-Options: nosniff\r\n";

class Tracker {
 public:
  // `static_dir` may be empty: built-in only.
  explicit Tracker(const std::string& static_dir);

  // 200, or 304 when the client holds this very script.
  void fill(const http::Request& request, http::Response& response) const;

 private:
  // Which version of the file it is.
  struct Stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, modified_nanos = 0, changed_nanos = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Script {
    Stamp stamp;
    std::string body, gzip, brotli;  // The encoded ones are empty when they would not be shorter.
    StaticPage page;                 // Of `body`.
  };

  static Stamp stamp_of(const struct stat& status);
  // What to serve now that the file has changed; `before` is what was served until now.
  [[nodiscard]] std::shared_ptr<const Script> read(std::shared_ptr<const Script> before) const;
  [[nodiscard]] std::shared_ptr<const Script> current() const;

  const StaticPage built_in_;
  const std::string file_;  // Empty: none.
  mutable Mutex mutex_;
  mutable std::shared_ptr<const Script> script_ GUARDED_BY(mutex_);  // Null: built-in.
  mutable bool is_being_read_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::pages
