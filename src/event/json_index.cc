#include "event/json_index.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include <simdjson.h>

namespace rs::event {

struct JsonIndex::Kernel {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> simd;
};

JsonIndex::JsonIndex() : kernel_(std::make_unique<Kernel>()) {}
JsonIndex::~JsonIndex() = default;

bool JsonIndex::build(std::string_view body) {
  auto& simd = kernel_->simd;
  if (!simd || simd->capacity() < body.size()) {
    constexpr std::size_t kFirst = std::size_t{16} * 1024,
                          kDepth = 1;  // The depth matters to stage 2 only.
    const auto capacity = std::max(kFirst, std::bit_ceil(body.size()));
    simd.reset();
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, kDepth,
                                                                                simd)) {
      return false;
    }
  }
  return simd->stage1(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(),
                      simdjson::stage1_mode::regular) == simdjson::SUCCESS;
}

const std::uint32_t* JsonIndex::positions() const {
  return kernel_->simd->structural_indexes.get();
}

std::size_t JsonIndex::size() const {
  return kernel_->simd->n_structural_indexes;
}

}  // namespace rs::event
