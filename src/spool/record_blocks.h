#pragma once
// Records side by side, in memory that goes to the disk as it lies: whole blocks at aligned
// addresses, as O_DIRECT asks for (open(2)). In front of the first record there is room for what
// the file holds already of the block in which it begins: the lead.
// Not thread-safe.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include <sys/mman.h>

#include "base/prefetch.h"
#include "spool/record.h"

namespace rs::spool {

// A multiple of the sectors of all common devices.
inline constexpr std::size_t kBlockBytes = 4096;

class RecordBlocks {
 public:
  // A record that is not sealed yet.
  void add(const Record& record) {
    const std::size_t end = end_ + record.size();
    reserve(end);
    write_record(memory_.get() + end_, record);
    end_ = end;
    // The last group in this memory was read by another thread: the next row finds it ours again.
    constexpr std::size_t kFetchBytes = 1024;  // Most rows are shorter.
    fetch_to_write(memory_.get() + end, std::min(capacity() - end, kFetchBytes));
  }

  // The first record will lie `bytes` behind the start of a block. Records that are here already
  // are moved if that is new.
  void set_lead(std::size_t bytes) {
    if (bytes == lead_) return;
    reserve(end_ - lead_ + bytes);
    std::memmove(memory_.get() + bytes, memory_.get() + lead_, size());
    end_ = end_ - lead_ + bytes;
    lead_ = bytes;
  }

  // Completes the records, which will lie at `at`.
  void seal(Position at) { seal_records({memory_.get() + lead_, size()}, at); }

  // Behind `before`, which is as long as the lead, and up to the end of the last block, zeros.
  // Valid, as records() is, until records are added.
  [[nodiscard]] std::string_view blocks(std::string_view before) {
    set_lead(before.size());
    const std::size_t whole = (end_ + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    reserve(whole);
    before.copy(memory_.get(), before.size());
    std::memset(memory_.get() + end_, 0, whole - end_);
    return {memory_.get(), whole};
  }

  [[nodiscard]] std::string_view records() const { return {memory_.get() + lead_, size()}; }
  [[nodiscard]] std::size_t size() const { return end_ - lead_; }

  // Keeps its memory for the next records, unless that is much.
  void clear() {
    constexpr std::size_t kKeepBytes = 4 * 1024 * 1024;
    if (capacity() > kKeepBytes) memory_ = {nullptr, {0}};
    end_ = lead_ = 0;
  }

 private:
  // Pages from the system and not from the heap: they are aligned, grow without being copied, and
  // are no longer ours when a burst is over.
  struct Unmap {
    std::size_t bytes;
    void operator()(char* memory) const { munmap(memory, bytes); }
  };

  [[nodiscard]] std::size_t capacity() const {
    return memory_ == nullptr ? 0 : memory_.get_deleter().bytes;
  }

  void reserve(std::size_t bytes) {
    if (bytes <= capacity()) return;
    constexpr std::size_t kLeast = 16 * kBlockBytes;
    const std::size_t wanted = std::max({bytes, 2 * capacity(), kLeast});
    const std::size_t size = (wanted + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    void* const larger =
        memory_ == nullptr
            ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            : mremap(memory_.get(), capacity(), size, MREMAP_MAYMOVE);
    if (larger == MAP_FAILED) throw std::bad_alloc();
    static_cast<void>(memory_.release());  // mremap() has taken it.
    memory_ = {static_cast<char*>(larger), {size}};
  }

  std::unique_ptr<char[], Unmap> memory_{nullptr, {0}};
  std::size_t lead_ = 0, end_ = 0;  // Where the records begin and end.
};

}  // namespace rs::spool
