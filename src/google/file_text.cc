#include "google/file_text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace rs::google {
namespace {
constexpr std::size_t kBytesMax = 1024 * 1024;
}

Result<std::string> file_text(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (!file) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kRefused,
                fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  std::string text(kBytesMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return fail(ErrorCode::kRefused,
                fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  }
  if (text.size() > kBytesMax) {
    return fail(ErrorCode::kRefused, fmt::format("{} is larger than 1 MB", path));
  }
  return text;
}

}  // namespace rs::google
