#pragma once
// For tests of sinks: a temporary folder, short ways to encode rows and to write a batch.

#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "row/encode.h"
#include "sink/sink.h"

namespace rs::sink {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = testing::TempDir() + "sink_test_XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string encoded(const row::Row& row) {
  row::Encoder encoder;
  return std::string(encoder.encode(row));
}

inline row::Batch batch_of(const std::vector<std::string>& rows) {
  row::Batch batch;
  for (const auto& row : rows) batch.append(row);
  return batch;
}

// Waits for done().
inline WriteResult write_rows(Sink& sink, const std::vector<std::string>& rows) {
  const row::Batch batch = batch_of(rows);
  auto done = std::make_shared<std::promise<WriteResult>>();  // Throws when it is kept twice.
  auto outcome = done->get_future();
  sink.write(batch, [done](WriteResult given) { done->set_value(std::move(given)); });
  return outcome.get();
}

}  // namespace rs::sink
