#pragma once
// For tests of commands: runs one as the command line would, and keeps what it prints.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "commands/command_line.h"

namespace rs::commands {

struct Outcome {
  int code;
  std::string out, error;
};

// A stream whose text is read back when it is closed.
class Captured {
 public:
  Captured() : stream(open_memstream(&text_, &size_)) {}
  ~Captured() { std::free(text_); }
  std::string close() {
    std::fclose(stream);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;

 public:
  std::FILE* stream;
};

inline Outcome run_with(std::vector<std::string> environment,
                        const std::vector<std::string>& arguments) {
  Captured out, error;
  const int code =
      run(arguments, {{std::move(environment), {}, "/nonexistent"}, out.stream, error.stream, {}});
  return {code, out.close(), error.close()};
}

}  // namespace rs::commands
