#include "commands/command.h"

#include <CLI/CLI.hpp>

#include "commands/command_line.h"

namespace rs::commands {

Command Command::add(const char* name, const char* help) const {
  return {*app_->add_subcommand(name, help), *line_};
}

void Command::need_subcommand() const {
  app_->require_subcommand(1);
}

void Command::footer(const char* text) const {
  app_->footer(text);
}

void Command::text(const char* name, std::string& value, const char* help) const {
  app_->add_option(name, value, help)->type_name("")->required();
}

void Command::text(const char* name, std::optional<std::string>& value, const char* help) const {
  app_->add_option(name, value, help)->type_name("");
}

void Command::choice(const char* name, std::string& value, const char* help,
                     const std::vector<std::string>& allowed, Need need) const {
  auto* option = app_->add_option(name, value, help)
                     ->check(CLI::IsMember(allowed))
                     ->required(need == Need::kRequired);
  if (!value.empty()) option->capture_default_str();
}

void Command::flag(const char* name, bool& value, const char* help) const {
  app_->add_flag(name, value, help);
}

void Command::runs(const std::function<int()>& action) const {
  app_->callback([line = line_, action] { line->chosen = action; });
}

void Command::runs_on_flag(const char* name, const std::function<int()>& action,
                           const char* help) const {
  app_->add_flag_callback(
      name, [line = line_, action] { line->chosen = action; }, help);
}

}  // namespace rs::commands
