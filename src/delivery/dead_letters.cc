#include "delivery/dead_letters.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/text.h"
#include "row/decode.h"

namespace rs::delivery {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> failed(std::string_view what, const fs::path& path) {
  return fail(ErrorCode::kUnavailable,
              fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

// Root may order a replay from a server that runs as another user, which must be able to remove
// what is replayed: else it would be written again and again. Without the right to do so nothing
// changes.
void give_to_owner_of(const fs::path& folder, const fs::path& made) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &owner) != 0) return;
  if (::chown(made.c_str(), owner.st_uid, owner.st_gid) != 0) return;
}

// An open file that closes itself.
class File {
 public:
  File(const fs::path& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// Held while the set of files changes or one grows: across processes and threads alike, because
// each call opens the lock file anew.
Result<void> lock(const File& file, const fs::path& folder) {
  if (!file.is_open() || flock(file.descriptor(), LOCK_EX) != 0) return failed("lock", folder);
  return {};
}

fs::path lock_path(const fs::path& folder) {
  return folder / ".lock";
}

std::int64_t now_micros() {
  using std::chrono::duration_cast, std::chrono::microseconds, std::chrono::system_clock;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

// A shutdown may leave a hundred thousand rows: they are written piece by piece, and synced once.
constexpr std::size_t kWriteBytes = 1024 * 1024;

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Where the next letter goes: behind the last whole one. A process that was killed, or a power cut,
// may have left half a line, which was never kept, and would make the next one unreadable.
off_t end_of_lines(int descriptor) {
  std::array<char, 64 * 1024> bytes;
  for (off_t end = lseek(descriptor, 0, SEEK_END); end > 0;) {
    const auto size = std::min<off_t>(end, bytes.size());
    const auto got = ::pread(descriptor, bytes.data(), static_cast<std::size_t>(size), end - size);
    if (got != size) return -1;
    const auto newline = std::string_view(bytes.data(), static_cast<std::size_t>(size)).rfind('\n');
    if (newline != std::string_view::npos) return end - size + static_cast<off_t>(newline) + 1;
    end -= size;
  }
  return 0;
}

void append_line(std::string& line, std::string_view time, std::string_view sink,
                 const DeadLetter& letter) {
  line += fmt::format("{{\"time\":\"{}\",\"sink\":\"{}\",\"reason\":\"", time, sink);
  append_json_escaped(line, letter.reason);
  line += fmt::format("\",\"attempts\":{},\"row\":", letter.attempts);
  if (!letter.message.empty()) {
    line += fmt::format("null,\"encoded\":\"\",\"message\":{}}}\n", letter.message);
    return;
  }
  if (!row::append_json(line, letter.encoded)) line += "null";
  line += ",\"encoded\":\"";
  append_base64(line, letter.encoded);
  line += "\"}\n";
}

Result<KeptLetter> parse_line(simdjson::dom::parser& parser, const std::string& line) {
  KeptLetter letter;
  simdjson::dom::element object;
  if (parser.parse(line).get(object) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, "not JSON");
  }
  std::string_view time, sink, reason, encoded;
  simdjson::dom::element row, message;
  if (object["time"].get(time) != simdjson::SUCCESS ||
      object["sink"].get(sink) != simdjson::SUCCESS ||
      object["reason"].get(reason) != simdjson::SUCCESS ||
      object["attempts"].get(letter.attempts) != simdjson::SUCCESS ||
      object["row"].get(row) != simdjson::SUCCESS ||
      object["encoded"].get(encoded) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInvalidInput, "not a dead letter");
  }
  auto bytes = decode_base64(encoded);
  if (!bytes) return fail(ErrorCode::kInvalidInput, "encoded is not base64");
  letter.time = time;
  letter.sink = sink;
  letter.reason = reason;
  letter.row = simdjson::minify(row);
  letter.encoded = std::move(*bytes);
  if (object["message"].get(message) == simdjson::SUCCESS) {
    letter.message = simdjson::minify(message);
  }
  letter.line = line;
  return letter;
}

std::vector<fs::path> letter_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<void> DeadLetters::append(std::string_view sink, std::span<const DeadLetter> letters) {
  if (letters.empty()) return {};
  std::error_code error;
  fs::create_directories(folder_, error);
  const File guard(lock_path(folder_), O_RDWR | O_CREAT);
  if (auto locked = lock(guard, folder_); !locked) return locked;

  const std::string time = format_utc(now_micros());
  const auto path = folder_ / (time.substr(0, 10) + ".jsonl");
  const File file(path, O_RDWR | O_APPEND | O_CREAT);
  if (!file.is_open()) return failed("open", path);
  const auto start = end_of_lines(file.descriptor());
  if (start < 0) return failed("read", path);
  if (start < lseek(file.descriptor(), 0, SEEK_END) && ftruncate(file.descriptor(), start) != 0) {
    return failed("cut half a line from", path);
  }
  std::string lines;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    append_line(lines, time, sink, letters[i]);
    if (lines.size() < kWriteBytes && i + 1 < letters.size()) continue;
    if (!write_all(file.descriptor(), lines)) {
      const int cause = errno;
      // Half a line would make every later one unreadable; a disk that is full can still cut.
      if (ftruncate(file.descriptor(), start) != 0) return failed("cut back", path);
      errno = cause;
      return failed("write", path);
    }
    lines.clear();
  }
  if (fdatasync(file.descriptor()) != 0) return failed("sync", path);
  return {};
}

std::vector<fs::path> DeadLetters::files() const {
  return letter_files(folder_);
}

std::vector<fs::path> DeadLetters::set_aside_files() const {
  return letter_files(folder_ / "replay");
}

Result<void> DeadLetters::read_file(const fs::path& path,
                                    const std::function<void(const KeptLetter&)>& each) {
  std::ifstream in(path);
  if (!in) return failed("read", path);
  simdjson::dom::parser parser;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    auto letter = parse_line(parser, line);
    if (!letter) {
      if (in.eof()) break;  // Half a line, which was never kept, or is being written.
      return fail(letter.error().code,
                  fmt::format("{}:{}: {}", path.string(), number, letter.error().message));
    }
    each(*letter);
  }
  return {};
}

Result<void> DeadLetters::read(const std::function<void(const KeptLetter&)>& each) const {
  for (const auto& file : files()) {
    if (auto done = read_file(file, each); !done) return done;
  }
  return {};
}

Result<std::size_t> DeadLetters::drop() {
  const auto found = files();
  if (found.empty()) return std::size_t{0};
  const File guard(lock_path(folder_), O_RDWR | O_CREAT);
  if (auto locked = lock(guard, folder_); !locked) return tl::unexpected(locked.error());
  std::size_t count = 0;
  for (const auto& file : files()) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) count += in.eof() ? 0 : 1;
    std::error_code error;
    if (!fs::remove(file, error)) return failed("remove", file);
  }
  return count;
}

Result<bool> DeadLetters::set_aside() const {
  if (files().empty()) return false;
  const File guard(lock_path(folder_), O_RDWR | O_CREAT);
  if (auto locked = lock(guard, folder_); !locked) return tl::unexpected(locked.error());
  std::error_code error;
  fs::create_directories(folder_ / "replay", error);
  give_to_owner_of(folder_, folder_ / "replay");
  const auto stamp = now_micros();
  for (const auto& file : files()) {
    const auto target =
        folder_ / "replay" / fmt::format("{}-{}.jsonl", file.stem().string(), stamp);
    fs::rename(file, target, error);
    if (error) {
      return fail(ErrorCode::kUnavailable, fmt::format("cannot move {} to {}: {}", file.string(),
                                                       target.string(), error.message()));
    }
  }
  return true;
}

}  // namespace rs::delivery
