#pragma once
// Reads the text of a .env file: NAME=value, one a line. Knows nothing of what names mean.
//   # comment        export NAME=value        NAME=value # comment
//   NAME='kept as it is, \' and \\ apart'     NAME="with \n, \t, \", \\ and \$"
// Quoted values may span lines. CRLF and a byte order mark are fine. Variables are not expanded.
// A line that is none of this is a fault, and the lines after it are read all the same.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rs::settings {

struct EnvEntry {
  std::string name;
  std::string value;
  std::size_t line;      // Where it begins, from 1.
  bool wants_expansion;  // Holds an unescaped ${NAME} or $(command), which other tools replace.
};

struct EnvFault {
  std::size_t line;
  std::string problem;  // "has no '='"; never the value.
};

struct EnvText {
  std::vector<EnvEntry> entries;  // In order; a name may repeat, and the last counts.
  std::vector<EnvFault> faults;
};

[[nodiscard]] EnvText parse_env_text(std::string_view text);

}  // namespace rs::settings
