#pragma once
// What was passed over or changed while a request was read, for the sender who asks before it
// stores (contract 3.4). Nothing is noted while events are taken: readers have a null pointer then.
// Not thread-safe.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "event/problem.h"

namespace rs::event {

class Warnings {
 public:
  static constexpr std::size_t kMax = 200;  // Noted of one request.

  // `input` is the JSON text of the value at `path`.
  void add(const ProblemKind& kind, const Path* path, std::string_view input);

  void clear() { list_.clear(); }
  [[nodiscard]] std::span<const Problem> list() const { return list_; }

 private:
  std::vector<Problem> list_;
};

namespace warning {
inline constexpr ProblemKind kUnknownKey{"unknown_key", "The key is not known; it is not stored",
                                         ""};
inline constexpr ProblemKind kUserData{"user_data", "User data is not stored", ""};
inline constexpr ProblemKind kIgnoredKey{
    "ignored_key", "The key is for the tag itself or for other destinations; it is not stored", ""};
inline constexpr ProblemKind kNotAScalar{
    "not_a_scalar", "A parameter holds text or a number; a list or an object is not stored", ""};
inline constexpr ProblemKind kRepeatedKey{
    "repeated_key", "A key was sent more than once; its last value is stored", ""};
inline constexpr ProblemKind kStoredAsText{"stored_as_text", "The value is stored as text", ""};
inline constexpr ProblemKind kStoredAsNumber{"stored_as_number",
                                             "The text is stored as the number in it", ""};
inline constexpr ProblemKind kKeptAsParameter{
    "kept_as_parameter",
    "The column cannot hold the number; a parameter of the column's name holds it as sent", ""};
}  // namespace warning

}  // namespace rs::event
