#pragma once
// Declares a command of the command line. Only command.cc and command_line.cc include CLI11, whose
// headers take 30 seconds to compile; every other file declares its command through this class.
// A Command is a handle: cheap to copy, valid until commands::run() returns. What an option writes
// to must live as long: a shared_ptr that the action holds too. For one thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's.
class App;
}

namespace rs::commands {

struct CommandLine;

enum class Need : bool { kOptional, kRequired };

class Command {
 public:
  Command(CLI::App& app, CommandLine& line) : app_(&app), line_(&line) {}

  // A command inside this one.
  [[nodiscard]] Command add(const char* name, const char* help) const;
  // The arguments must name a command inside this one.
  void need_subcommand() const;
  // What --help prints below the options.
  void footer(const char* text) const;

  // An argument by position; the second form may be absent.
  void text(const char* name, std::string& value, const char* help) const;
  void text(const char* name, std::optional<std::string>& value, const char* help) const;
  // An option, "--format", or a bare name for an argument by position, whose value is one of
  // `allowed`; --help shows the present value when there is one.
  void choice(const char* name, std::string& value, const char* help,
              const std::vector<std::string>& allowed, Need need = Need::kOptional) const;
  void flag(const char* name, bool& value, const char* help) const;

  // What the process does when the arguments name this command: its exit code.
  void runs(const std::function<int()>& action) const;
  // The same for a flag, such as --version.
  void runs_on_flag(const char* name, const std::function<int()>& action, const char* help) const;

 private:
  CLI::App* app_;
  CommandLine* line_;
};

}  // namespace rs::commands
