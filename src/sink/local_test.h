#pragma once
// For tests of the local store: a folder that goes away, short ways to encode, write and ask.

#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "row/encode.h"
#include "sink/local_query.h"
#include "sink/local_sink.h"

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

// The result as text, or "ERROR: " and why.
inline std::string ask(LocalStore& store, const std::string& sql,
                       QueryFormat format = QueryFormat::kJson, std::size_t width = 0) {
  auto session = store.connect();
  if (!session) return "ERROR: " + session.error().message;
  std::string text;
  const auto done = run_query(**session, {.sql = sql, .format = format, .width = width},
                              [&](std::string_view part) -> Result<void> {
                                text += part;
                                return {};
                              });
  return done ? text : "ERROR: " + done.error().message;
}

}  // namespace rs::sink
