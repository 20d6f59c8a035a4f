#pragma once
// Compressed forms of shared bodies (scripts, styles, pages that live as long as the program),
// made at the first request for each and kept: swagger-ui alone is over a megabyte.
// Thread-safe. What it returns lives as long as the cache. Grows with the number of assets only.

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/mutex.h"
#include "coding/body_encoder.h"

namespace rs::coding {

class AssetCache {
 public:
  // The bytes of `asset` in `coding`, made by `encoder` if need be. Empty when the coding would
  // not make it shorter, and while another thread is making it: the asset is sent as it is then, so
  // that no thread waits. Assets are told apart by their address.
  std::string_view encoded(std::string_view asset, Coding coding, BodyEncoder& encoder);

 private:
  using Key = std::tuple<const char*, std::size_t, Coding>;
  Mutex mutex_;
  std::map<Key, std::string> forms_ GUARDED_BY(mutex_);
};

}  // namespace rs::coding
