#pragma once
// Finds equal keys in one list, in linear time whatever keys are sent: the hash has a secret of the
// process, so that a client cannot choose keys that collide.
// Not thread-safe; reused from list to list, and warm it does not allocate. Views of the keys
// added.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rs::event {

class KeyTable {
 public:
  // Forgets everything; room for `keys_max` keys.
  void start(std::size_t keys_max);

  // The number that `key` was first added with: `number` itself when it is new.
  std::size_t add(std::string_view key, std::size_t number);

 private:
  struct Slot {
    std::string_view key;  // Null data(): free.
    std::size_t number = 0;
  };
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;  // Slots in use, less one; a power of two less one.
};

}  // namespace rs::event
