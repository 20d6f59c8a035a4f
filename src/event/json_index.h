#pragma once
// Where the tokens of a JSON text begin, found many bytes at a time.
//   body --simdjson's first stage--> positions --JsonCursor--> values
// The only user of simdjson. Its kernel (icelake, haswell, westmere, arm64, fallback) is chosen at
// run time by what the processor can do, so one binary is fast everywhere. The second stage, which
// On-Demand compiles for the build machine's baseline and which leaves what it skips unchecked, is
// ours (JsonCursor): an event is accepted only when all of its body is JSON.
// What build() has checked when it succeeds: the body is UTF-8, every string is closed, and no
// string holds a control character. Commas, colons, brackets, numbers and literals are not checked.
// Not thread-safe; reused from body to body, and warm it does not allocate. 4 bytes of memory for
// each byte of the largest body so far.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace rs::event {

class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();
  JsonIndex(const JsonIndex&) = delete;
  JsonIndex& operator=(const JsonIndex&) = delete;

  // False when `body` cannot be JSON. Bodies are below 4 GB.
  [[nodiscard]] bool build(std::string_view body);

  // Ascending: each bracket, colon and comma outside of strings, and the first byte of each string,
  // number and literal. positions()[size()] may be read as well: it is the body's length.
  [[nodiscard]] const std::uint32_t* positions() const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Kernel;
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace rs::event
