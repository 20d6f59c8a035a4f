// The process: its arguments and environment go in, its exit code comes out.

#include <cstdio>
#include <string>
#include <vector>

#include "commands/command_line.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return rs::commands::run(arguments, {rs::settings::process_sources({}), stdout, stderr, {}});
}
