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
  spawn({}, -1);
}

void Program::start_into(int descriptor) {
  spawn({}, descriptor);
}

void Program::start_on_terminal(const std::string& terminal) {
  spawn(terminal, -1);
}

void Program::spawn(const std::string& terminal, int descriptor) {
  std::vector<std::string> words = {RS_PROGRAM, command_};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // A session leader's first terminal becomes the controlling one.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (!terminal.empty()) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const std::string input = terminal.empty() ? "/dev/null" : terminal;
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDWR, 0);
  if (descriptor >= 0) {
    posix_spawn_file_actions_adddup2(&actions, descriptor, 1);
  } else {
    const std::string file = folder_ / "log";
    posix_spawn_file_actions_addopen(&actions, 1, file.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
  }
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const auto arguments = pointers(words), environment = pointers(environment_);
  const int failed =
      posix_spawn(&child_, RS_PROGRAM, &actions, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
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

std::size_t Program::dead_letters() const {
  std::size_t count = 0;
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(data() / "dead-letters", none)) {
    if (file.path().extension() != ".jsonl") continue;
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line);) ++count;
  }
  return count;
}

}  // namespace rs::process
