#pragma once
// For tests: `real-streaming load` as a process of its own, in a data folder of its own, that can
// be killed and started again. What it prints goes to a file, for the message of a failed test.

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rs::load {

class LoadProcess {
 public:
  // `environment` as NAME=value; the data folder is added.
  explicit LoadProcess(std::vector<std::string> environment);
  ~LoadProcess();  // Kills it.
  LoadProcess(const LoadProcess&) = delete;
  LoadProcess& operator=(const LoadProcess&) = delete;

  void start();
  void kill();                 // SIGKILL, and waits for its end.
  [[nodiscard]] int finish();  // SIGTERM, and waits for its end: the exit code; 128 and more for a
                               // signal.
  [[nodiscard]] std::string output() const;

 private:
  [[nodiscard]] int end(int signal);

  const std::filesystem::path folder_;
  std::vector<std::string> environment_;
  pid_t child_ = 0;
};

}  // namespace rs::load
