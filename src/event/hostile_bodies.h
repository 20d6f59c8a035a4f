#pragma once
// Bodies that try to make the parser work more than their size is worth, for tests and the bench.
// Each form is a kind of input; the size is a parameter, so that cost can be compared with it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rs::event {

struct HostileBody {
  std::string_view form;
  std::string text;  // About as many bytes as asked for, and 64 more behind them.
  [[nodiscard]] std::string_view body() const {
    return std::string_view(text).substr(0, text.size() - 64);
  }
};

[[nodiscard]] std::vector<HostileBody> hostile_bodies(std::size_t size);

// One list of "0", the most values that fit into the size: what the others are compared with.
[[nodiscard]] HostileBody dense_body(std::size_t size);

}  // namespace rs::event
