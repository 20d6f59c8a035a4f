#pragma once
// Reads the body of the native protocol (contract section 3.1) into a Payload, in one pass.
//   {"event_name":"page_view","event_params":[{"key":"k","value":{"int_value":1}}], ...}
// or a list of such events (section 3.2) into one Payload after the other.
// Only event_name is required; every other key may be missing or null, at every level. Parameters
// of GA4's names may stand beside event_name (flat_keys.h), consent_state beside or instead of
// privacy_info, items in ecommerce, and parameters of an item in the item itself. Unknown keys are
// passed over; at the top level they are counted. Sloppy values are taken as they are meant
// (value_reader.h, param_reader.h); the last of repeated keys wins. What cannot be meant is
// refused, with the problems found (kProblemsMax) and the path to each. Refused: what is not JSON,
// not UTF-8 (a byte order mark of UTF-8 is passed over), or nested deeper than 32; NUL in a key;
// lists longer than the limits; parameters without a key; any value of the wrong shape.
// The work for a body grows with its size only, whatever is in it (hostile_body_test.cc).
// One for each request thread, reused: a warm parser allocates only for what it refuses.

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "event/flat_params.h"
#include "event/json_index.h"
#include "event/key_table.h"
#include "event/limits.h"
#include "event/payload.h"
#include "event/problem_notes.h"
#include "event/value_reader.h"
#include "event/warnings.h"

namespace rs::event {

class PayloadParser {
 public:
  explicit PayloadParser(const Limits& limits = {}) : limits_(limits) {}

  // `body` has 64 readable bytes behind it (http::kBodyPadding), and it and the answer are valid
  // until the next parse(). `event_name` counts where the body has none; it lives as long. Null
  // when the body is refused: problems() says why.
  [[nodiscard]] const Payload* parse(std::string_view body, std::string_view event_name = {});

  // What is passed over or changed is noted from now on; null ends that.
  void set_warnings(Warnings* warnings) { warnings_ = warnings; }

  // The same for a list: is_list(body). Calls each(payload) for
  // its events in order, up to the first `limit` and until one is refused; the payload is valid
  // during the call. problems() names the index of an event before the path in it; an empty list is
  // a problem too. Returns how many events the list has, as far as it is JSON; more than `limit` is
  // not a problem.
  std::size_t parse_list(std::string_view body, std::size_t limit,
                         const std::function<void(const Payload&)>& each);

  // Whether the first token of `body` begins a list.
  [[nodiscard]] static bool is_list(std::string_view body);

  // Of the last parse(). Empty when it succeeded.
  [[nodiscard]] std::span<const Problem> problems() const { return problems_; }

  // Appends problems() as the body of the 422 that answers them.
  void append_detail(std::string& out) const { event::append_detail(out, problems_); }

 private:
  class Reader;

  void reset();
  void reset_payload();
  bool build_index(std::string_view body);
  void describe_problems(std::string_view body);

  Limits limits_;
  JsonIndex index_;
  Arena arena_;  // Decoded text, and the parameters of items.
  KeyTable keys_;
  Payload payload_;
  Warnings* warnings_ = nullptr;
  ProblemNotes notes_;
  std::vector<Problem> problems_;
  std::vector<row::EventParam> event_params_, item_params_;
  std::vector<row::UserProperty> user_properties_;
  std::vector<row::Item> items_;
  std::vector<double> exact_quantities_;
  KeptNumbers item_kept_, ecommerce_kept_, event_kept_;  // Of the item at hand, ...
  std::vector<row::EventParam> item_flat_;  // Keys of the item at hand that are not columns.
  FlatParams flat_;
  std::optional<row::PrivacyInfo> consent_state_;
};

}  // namespace rs::event
