#pragma once
// Reads the flat keys of one event (flat_keys.h) and adds them to what the event has otherwise.
// What event_params, ecommerce or privacy_info say wins over a flat key of the same meaning.
// Lenient: a list or an object where a parameter belongs is passed over, never a problem.
// Not thread-safe; its memory is used again for the next event.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "event/flat_keys.h"
#include "event/key_table.h"
#include "event/value_reader.h"
#include "row/row.h"

namespace rs::event {

class FlatParams {
 public:
  void clear();
  [[nodiscard]] bool empty() const { return params_.empty(); }

  // Reads the value of `key`, which replaces an earlier one. False when it is not JSON. `taken`:
  // whether it was text or a number, or null.
  bool read(const Path& path, const FlatKey& key, JsonCursor& json, ValueReader& values,
            bool& taken);

  // Adds the parameters to `params`, and the columns they have to `ecommerce`.
  void add_to(std::vector<row::EventParam>& params, std::optional<row::Ecommerce>& ecommerce,
              KeyTable& keys);

 private:
  void set(const FlatKey& key, const std::optional<row::ParamValue>& value);

  std::vector<row::EventParam> params_;
  std::array<std::uint8_t, kFlatKeys> places_{};  // By FlatKey::index: the place in params_, or 0.
};

}  // namespace rs::event
