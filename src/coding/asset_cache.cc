#include "coding/asset_cache.h"

namespace rs::coding {

std::string_view AssetCache::encoded(std::string_view asset, Coding coding, BodyEncoder& encoder) {
  const Key key{asset.data(), asset.size(), coding};
  {
    const MutexLock lock(mutex_);
    const auto [form, added] = forms_.try_emplace(key);
    if (!added) return form->second;
  }
  std::string made(encoder.encode(coding, asset));
  const MutexLock lock(mutex_);
  return forms_[key] = std::move(made);
}

}  // namespace rs::coding
