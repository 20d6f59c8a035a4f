// What Segments does about bytes that were kept and cannot be read: they are said, counted and kept
// aside in the folder `damaged`, and all else goes on.
//   damaged     their bytes are copied there before the segment is cut or removed
//   unreadable  the disk refuses them: tried again for a while, as long as the disk cannot be
//               written either for ever, then skipped; the whole file is moved there instead of
//               being removed, for a tool that rescues more

#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>

#include "obs/log.h"
#include "spool/folder.h"
#include "spool/segment_header.h"
#include "spool/segments.h"

namespace rs::spool {
namespace {

constexpr const char* kFolder = "damaged";

}  // namespace

void Segments::note_damage(const SegmentReader& reader, const Stretch& damage) {
  const auto number = reader.number();
  if (!known_damages_.insert({number, damage.begin}).second) return;
  const auto size = damage.end - damage.begin;
  const auto moved = (folder_ / kFolder / segment_name(number)).string();
  bool keep_whole = true;
  if (damage.is_unreadable) {
    RS_LOG(kError,
           "{}: of the {} bytes at {} the disk cannot read some; they are skipped, and the file "
           "becomes {} once its other rows are delivered",
           reader.path().string(), size, damage.begin, moved);
  } else if (const auto copy = set_aside(number, damage)) {
    keep_whole = false;
    RS_LOG(kError,
           "{}: {} bytes at {} are damaged or missing, and are skipped; they are kept as {}",
           reader.path().string(), size, damage.begin, copy->string());
  } else {
    RS_LOG(kError,
           "{}: {} bytes at {} are damaged or missing, and are skipped; {}, so the file becomes {} "
           "once its other rows are delivered",
           reader.path().string(), size, damage.begin, copy.error().message, moved);
  }
  const MutexLock lock(mutex_);
  ++stats_.damages;
  if (keep_whole) segments_[number].keep_whole = true;
}

// A copy that is durable before the bytes can go. Made whole under another name: a copy that an
// earlier process made is not lost by a disk that is full now.
Result<std::filesystem::path> Segments::set_aside(std::uint64_t number, const Stretch& damage) {
  const auto folder = folder_ / kFolder;
  const auto path = folder / fmt::format("{}-{}", segment_name(number), damage.begin);
  auto unfinished = path;
  unfinished += ".new";
  if (auto made = make_folder(disk_, folder); !made) return tl::unexpected(made.error());
  SegmentReader reader(disk_, path_of(number), number);
  if (auto opened = reader.open(); !opened) return tl::unexpected(opened.error());
  const int descriptor = disk_.open(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
  if (descriptor < 0) return disk_failed("create", unfinished, descriptor);
  const File file(disk_, descriptor);
  std::uint64_t at = 0;
  int written = 0;
  auto copied = reader.read(damage.begin, damage.end, [&](std::string_view bytes) {
    if (written >= 0) written = disk_.write(file.get(), bytes, at);
    at += bytes.size();
  });
  if (!copied) return tl::unexpected(copied.error());
  if (written >= 0) written = disk_.sync(file.get());
  if (written < 0) return disk_failed("write", unfinished, written);
  if (const int e = disk_.rename(unfinished, path); e < 0) return disk_failed("make", path, e);
  if (const int e = disk_.sync_folder(folder); e < 0) return disk_failed("sync", folder, e);
  return path;
}

bool Segments::keeps_whole(std::uint64_t number) const {
  const MutexLock lock(mutex_);
  const auto segment = segments_.find(number);
  return segment != segments_.end() && segment->second.keep_whole;
}

bool Segments::move_aside(std::uint64_t number) {
  const auto folder = folder_ / kFolder;
  if (!make_folder(disk_, folder)) return false;
  const int moved = disk_.rename(path_of(number), folder / segment_name(number));
  return moved >= 0 && disk_.sync_folder(folder) >= 0 && disk_.sync_folder(folder_) >= 0;
}

void Segments::forget_damage(std::uint64_t number) {
  known_damages_.erase(known_damages_.begin(), known_damages_.lower_bound({number + 1, 0}));
  unreadable_.erase(number);
}

// Not while the disk cannot be written either: then all of it is away, and may come back whole.
bool Segments::goes_around(std::uint64_t number) {
  const auto found = unreadable_.find(number);
  if (found == unreadable_.end()) return false;
  auto& [since, go_around] = found->second;
  if (!go_around && std::chrono::steady_clock::now() >= since + limits_.unreadable_after) {
    go_around = keep_position(position_file_.position());
  }
  return go_around;
}

// The Error; or `skipped` when the time for that is over, and the file cannot even be opened.
Result<Run> Segments::read_failed(const SegmentReader& reader, const Error& error,
                                  const Run& skipped) {
  if (reader.is_refused()) {
    const auto [at, is_new] =
        unreadable_.try_emplace(reader.number(), Unreadable{std::chrono::steady_clock::now()});
    if (!is_new && at->second.go_around) {
      Stretch whole;
      whole.begin = skipped.begin.offset;
      whole.end = skipped.end.offset;
      whole.is_unreadable = true;
      note_damage(reader, whole);
      return skipped;
    }
  }
  return fail(error.code, error.message);
}

}  // namespace rs::spool
