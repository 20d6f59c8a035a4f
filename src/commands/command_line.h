#pragma once
// The command line: reads the arguments, finds the command, runs it.
//   real-streaming [--env-file FILE] [COMMAND] [...]
// One file per command, COMMAND_command.cc, whose add_COMMAND() is listed in command_line.cc.
// Exit codes: 0 fine, 1 failed, 2 wrong usage or settings.

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "commands/command.h"
#include "settings/reader.h"

namespace rs::commands {

inline constexpr int kFine = 0, kFailed = 1, kWrongUsage = 2;

struct CommandLine {
  settings::Sources sources;  // The env file is known once the arguments have been read.
  std::FILE* out;
  std::FILE* error;
  std::function<int()> chosen;  // What the arguments ask for.
};

// `arguments` without the program's name. Returns the exit code.
[[nodiscard]] int run(const std::vector<std::string>& arguments, CommandLine line);

// Reads the settings for a command that cannot do without. With mistakes it prints them and the
// answer is kWrongUsage, else `then` goes on with what was read.
[[nodiscard]] int with_settings(CommandLine& line,
                                const std::function<int(const settings::Reading&)>& then);

// What no command means.
[[nodiscard]] int serve_until_stopped(CommandLine& line);

// Each declares one command inside `root`, the program itself. `line` outlives the run.
void add_serve(const Command& root, CommandLine& line);
void add_check_config(const Command& root, CommandLine& line);
void add_print_settings(const Command& root, CommandLine& line);
void add_print_schema(const Command& root, CommandLine& line);
void add_print_setup(const Command& root, CommandLine& line);
void add_dead_letters(const Command& root, CommandLine& line);
void add_detect(const Command& root, CommandLine& line);
void add_healthcheck(const Command& root, CommandLine& line);
void add_load(const Command& root, CommandLine& line);
void add_query(const Command& root, CommandLine& line);
void add_spool(const Command& root, CommandLine& line);
void add_version(const Command& root, CommandLine& line);

}  // namespace rs::commands
