#include "device/database.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/descriptor.h"

namespace rs::device {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

Result<FileHeader> read_header(int file) {
  FileHeader header;
  if (::pread(file, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header) ||
      header.magic != kMagic) {
    return fail(ErrorCode::kInvalidInput, "it is not a device database");
  }
  if (header.format_version != kFormatVersion || header.header_size != sizeof header) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("it has format {}, this program reads format {}", header.format_version,
                            kFormatVersion));
  }
  header.data.back() = '\0';
  struct stat status {};
  if (::fstat(file, &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != header.file_size) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("it has {} bytes, should have {}", status.st_size, header.file_size));
  }
  for (const SectionPlace& place : header.sections) {
    if (place.offset % kSectionAlignment != 0 || place.offset > header.file_size ||
        place.size > header.file_size - place.offset) {
      return fail(ErrorCode::kInvalidInput, "a section lies outside the file");
    }
  }
  return header;
}

// Read rather than mapped: pages that are only summed up are not ours.
Result<std::uint64_t> checksum_of(int file, std::uint64_t from) {
  std::vector<char> block(kBlock);
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  XXH3_64bits_reset(state.get());
  for (;;) {
    const ssize_t got = ::pread(file, block.data(), block.size(), static_cast<off_t>(from));
    if (got < 0) return fail(ErrorCode::kUnavailable, std::strerror(errno));
    if (got == 0) return XXH3_64bits_digest(state.get());
    XXH3_64bits_update(state.get(), block.data(), static_cast<std::size_t>(got));
    from += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path) {
  const auto refuse = [&path](const Error& error) {
    return fail(error.code, fmt::format("device database {}: {}", path.string(), error.message));
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return refuse({ErrorCode::kNotFound, std::strerror(errno)});
  const auto header = read_header(file.get());
  if (!header) return refuse(header.error());
  const auto checksum = checksum_of(file.get(), sizeof(FileHeader));
  if (!checksum) return refuse(checksum.error());
  if (*checksum != header->checksum) {
    return refuse({ErrorCode::kInvalidInput, "its checksum is wrong, it is damaged"});
  }
  void* memory = ::mmap(nullptr, header->file_size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (memory == MAP_FAILED) return refuse({ErrorCode::kUnavailable, std::strerror(errno)});
  return std::unique_ptr<Database>(
      new Database(static_cast<const char*>(memory), header->file_size));
}

Database::Database(const char* memory, std::size_t size)
    : memory_(memory),
      size_(size),
      strings_(records<char>(Section::kStrings).data()),
      lists_(records<ListRecord>(Section::kLists)),
      sets_(records<PatternSet>(Section::kSets)),
      patterns_(records<Pattern>(Section::kPatterns)) {}

Database::~Database() {
  ::munmap(const_cast<char*>(memory_), size_);
}

}  // namespace rs::device
