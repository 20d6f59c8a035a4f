#pragma once
// For tests: the program of this preset as a process of its own, with a data folder of its own,
// that can be killed and started again. What it prints goes to a file, for the message of a failed
// test.

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rs::process {

class Program {
 public:
  // `command` as on the command line, `environment` as NAME=value; the data folder is added.
  Program(std::string command, std::vector<std::string> environment);
  ~Program();  // Kills it.
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void start();
  void start_into(int descriptor);  // What it prints goes there instead of to the file.
  // In a session of its own, whose controlling terminal this is; it prints to the file.
  void start_on_terminal(const std::string& terminal);
  void kill();                 // SIGKILL, and waits for its end.
  [[nodiscard]] int finish();  // SIGTERM, and waits for its end: the exit code; 128 and more for a
                               // signal.
  void signal(int number);     // Sends it, and does not wait.
  [[nodiscard]] int wait();    // For its end by itself: the exit code, as finish().
  [[nodiscard]] std::string output() const;
  [[nodiscard]] pid_t process() const { return child_; }
  [[nodiscard]] std::size_t dead_letters() const;  // In its data folder.
  [[nodiscard]] std::filesystem::path data() const { return folder_ / "data"; }

 private:
  void spawn(const std::string& terminal, int descriptor);
  [[nodiscard]] int end(int signal);

  const std::string command_;
  const std::filesystem::path folder_;
  std::vector<std::string> environment_;
  pid_t child_ = 0;
};

}  // namespace rs::process
