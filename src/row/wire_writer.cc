#include "row/wire_writer.h"

#include <utility>

namespace rs::row {

char* WireWriter::grow(char* at, std::size_t bytes) {
  const std::size_t used = at == nullptr ? 0 : offset(at);
  std::size_t size = buffer_.size * 2;
  if (size < used + bytes) size = used + bytes;
  std::unique_ptr<char[]> larger(new char[size]);
  if (used > 0) std::memcpy(larger.get(), buffer_.bytes.get(), used);
  buffer_.bytes = std::move(larger);
  buffer_.size = size;
  end_ = buffer_.bytes.get() + size;
  return buffer_.bytes.get() + used;
}

char* WireWriter::close_long(std::size_t start, std::size_t length) {
  std::size_t extra = 0;
  for (std::size_t rest = length >> 7; rest > 0; rest >>= 7) ++extra;
  char* at = reserve(buffer_.bytes.get() + start + length, extra);
  char* first = buffer_.bytes.get() + start;
  std::memmove(first + extra, first, length);
  (void)put_varint(first - 1, length);
  return at + extra;
}

}  // namespace rs::row
