#pragma once
// The pages for people, and the tracker: /, /docs, /redoc, /openapi.json, their scripts and
// styles, GET {fetch}/v6.js. Everything comes out of the binary; no page asks another host for
// anything, and a Content-Security-Policy holds it to that.
//
// All pages are made by the constructor (about a millisecond). Immutable afterwards and safe on
// all threads; owns the bytes that Response::shared_body names, so it outlives the server.

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/message.h"
#include "pages/routes.h"
#include "pages/static_page.h"
#include "pages/tracker.h"

namespace rs::pages {

struct Settings {
  Paths paths;
  std::string static_dir;  // API__STATIC_DIR: may hold a v6.js that replaces the built-in one.
  std::string version;     // Of the program, shown on the pages.
};

class Pages {
 public:
  explicit Pages(const Settings& settings);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  // Fills `response` with the page of this route (Endpoint::kPage); a slash at the end of `path`,
  // which is percent-decoded, makes no difference. False, and nothing is touched, when `path` is no
  // such route. The method (GET or HEAD) is the caller's to check.
  [[nodiscard]] bool serve(std::string_view path, const http::Request& request,
                           http::Response& response) const;

 private:
  struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const {
      return std::hash<std::string_view>{}(path);
    }
  };

  void add_page(std::string path, std::string_view content_type, std::string content,
                std::string_view policy);

  std::deque<std::string> contents_;  // Of the pages made here; a deque never moves them.
  std::unordered_map<std::string, StaticPage, PathHash, std::equal_to<>> pages_;
  const std::string tracker_path_;
  const Tracker tracker_;
};

}  // namespace rs::pages
