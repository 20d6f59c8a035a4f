#include "coding/asset_cache.h"

namespace rs::coding {

std::string_view AssetCache::encoded(std::string_view asset, Coding coding, BodyEncoder& encoder) {
  // Held while encoding too: the others would otherwise do the same work at the same time.
  const MutexLock lock(mutex_);
  const auto [form, added] = forms_.try_emplace(Key{asset.data(), asset.size(), coding});
  if (added) form->second = encoder.encode(coding, asset);
  return form->second;
}

}  // namespace rs::coding
