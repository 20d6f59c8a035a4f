#pragma once
// Why an event was refused, in the words and the shape of FastAPI (pydantic 2), because its users'
// clients read it:
//   {"detail":[{"type":"missing","loc":["body","event_name"],"msg":"Field required","input":{}}]}
// Only refused requests make these, so they allocate freely.
// Sources: docs.pydantic.dev/latest/errors/validation_errors (types, messages), and FastAPI's
// routing.py for json_invalid. Positions are bytes, where Python counts characters.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rs::event {

// One step of the way to a value: a key of an object or an index of a list. The path to a value is
// a chain of these on the stack of the reading functions, so a path that is not asked for costs
// nothing.
struct Path {
  const Path* parent = nullptr;  // Null: the body itself.
  std::string_view key;          // Null data() when this is an index.
  std::size_t index = 0;
};

struct ProblemKind {
  std::string_view type, message;  // Constants.
  std::string_view context;        // The inside of "ctx", as JSON members; empty for none.
};

// How many elements one list of an event may have, and the setting that says so.
struct ListLimit {
  std::size_t count;
  std::string_view setting;
};

struct Problem {
  std::string_view type;
  std::vector<std::variant<std::string, std::size_t>> loc;  // Without the leading "body".
  std::string message;
  std::string input;    // JSON: what was sent there, cut at kInputMax.
  std::string context;  // JSON, or empty.
};

inline constexpr std::size_t kInputMax = 200;    // Bytes of an offending value that are echoed.
inline constexpr std::size_t kProblemsMax = 20;  // Reported for one body.

namespace problem {
inline constexpr ProblemKind kMissing{"missing", "Field required", ""};
inline constexpr ProblemKind kNotText{"string_type", "Input should be a valid string", ""};
inline constexpr ProblemKind kEmptyText{
    "string_too_short", "String should have at least 1 character", R"("min_length":1)"};
inline constexpr ProblemKind kNulInKey{"value_error", "Value error, NUL is not allowed in a key",
                                       R"("error":{})"};
inline constexpr ProblemKind kNotBase64{"value_error", "Value error, not base64", R"("error":{})"};
inline constexpr ProblemKind kNotInteger{"int_type", "Input should be a valid integer", ""};
inline constexpr ProblemKind kNotNumber{"float_type", "Input should be a valid number", ""};
inline constexpr ProblemKind kNotBoolean{"bool_type", "Input should be a valid boolean", ""};
inline constexpr ProblemKind kUnreadableBoolean{
    "bool_parsing", "Input should be a valid boolean, unable to interpret input", ""};
inline constexpr ProblemKind kNotList{"list_type", "Input should be a valid list", ""};
inline constexpr ProblemKind kNotObject{
    "model_attributes_type", "Input should be a valid dictionary or object to extract fields from",
    ""};
inline constexpr ProblemKind kEmptyList{"too_short",
                                        "List should have at least 1 item after validation, not 0",
                                        R"("field_type":"List","min_length":1,"actual_length":0)"};
// Put into words by too_long(), which knows the limit.
inline constexpr ProblemKind kLongList{"too_long", "", ""};
}  // namespace problem

// `input` is the JSON text of the offending value. The path is added by the caller.
[[nodiscard]] Problem make_problem(const ProblemKind& kind, std::string_view input);

// `input` is a list with more elements than `limit` allows.
[[nodiscard]] Problem too_long(const ListLimit& limit, std::string_view input);

// The body is not JSON.
[[nodiscard]] Problem json_invalid(std::size_t position, std::string_view reason);

// Adds the steps of `path` to the end of problem.loc.
void add_path(Problem& problem, const Path* path);

// [...], each with `root` ("body", "query") as the first step of its loc.
void append_problems(std::string& out, std::span<const Problem> problems,
                     std::string_view root = "body");
// {"detail":[...]}
void append_detail(std::string& out, std::span<const Problem> problems,
                   std::string_view root = "body");

}  // namespace rs::event
