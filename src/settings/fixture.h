#pragma once
// For tests of settings: a folder of its own, in which files of settings are written and read.

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "settings/reader.h"

namespace rs::settings {

class ReadSettings : public ::testing::Test {
 protected:
  ReadSettings() {
    char name[] = "/tmp/settings_test.XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~ReadSettings() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Reading read(std::vector<std::string> environment, std::optional<std::string> file = {}) {
    return read_settings({std::move(environment), std::move(file), folder_.string()});
  }

  // The mistakes as they are shown, without the folder's name.
  std::vector<std::string> mistakes(std::vector<std::string> environment,
                                    std::optional<std::string> file = {}) {
    std::vector<std::string> out;
    for (const auto& mistake : read(std::move(environment), std::move(file)).mistakes) {
      out.push_back(describe(mistake));
      const std::string prefix = folder_.string() + "/";
      if (const auto at = out.back().find(prefix); at != std::string::npos) {
        out.back().erase(at, prefix.size());
      }
    }
    return out;
  }

  std::filesystem::path folder_;
};

inline const Effective& value_of(const Reading& reading, std::string_view name) {
  for (const auto& value : reading.values) {
    if (value.setting->name == name) return value;
  }
  ADD_FAILURE() << "no such setting: " << name;
  return reading.values.front();
}

}  // namespace rs::settings
