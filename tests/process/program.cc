#include "process/program.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

namespace rs::process {
namespace {

std::filesystem::path new_folder() {
  std::string name = testing::TempDir() + "process_XXXXXX";
  return mkdtemp(name.data());
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Program::Program(std::string command, std::vector<std::string> environment)
    : command_(std::move(command)), folder_(new_folder()), environment_(std::move(environment)) {
  environment_.push_back("WRITERS__DATA_DIR=" + (folder_ / "data").string());
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name)) {
      environment_.push_back(std::string(name) + "=" + value);
    }
  }
}

Program::~Program() {
  kill();
  std::filesystem::remove_all(folder_);
}

void Program::start() {
  spawn(folder_ / "log", -1);
}

void Program::start_into(int descriptor) {
  spawn({}, descriptor);
}

void Program::spawn(const std::string& file, int descriptor) {
  std::vector<std::string> words = {RS_PROGRAM, command_};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (descriptor >= 0) {
    posix_spawn_file_actions_adddup2(&actions, descriptor, 1);
  } else {
    posix_spawn_file_actions_addopen(&actions, 1, file.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
  }
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const auto arguments = pointers(words), environment = pointers(environment_);
  const int failed =
      posix_spawn(&child_, RS_PROGRAM, &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " RS_PROGRAM);
}

int Program::end(int signal) {
  if (child_ == 0) return 0;
  if (signal != 0) ::kill(child_, signal);
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Program::signal(int number) {
  if (child_ != 0) ::kill(child_, number);
}

void Program::kill() {
  (void)end(SIGKILL);
}

int Program::wait() {
  return end(0);
}

int Program::finish() {
  return end(SIGTERM);
}

std::string Program::output() const {
  std::ifstream in(folder_ / "log");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace rs::process
