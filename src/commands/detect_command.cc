// real-streaming detect: what a user agent and its client hints say.

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "app/device_data.h"
#include "base/text.h"
#include "commands/command_line.h"
#include "commands/detect_bench.h"
#include "device/json_lines.h"

namespace rs::commands {
namespace {

struct Asked {
  std::optional<std::string> user_agent;
  bool bench = false;
};

// One fact a line; what is not known has none.
void print_readable(const device::Detection& found, std::FILE* out) {
  const auto line = [out](std::string_view name, std::string_view text,
                          std::string_view more = {}) {
    if (text.empty()) return;
    fmt::print(out, "{:<10} {}{}{}\n", name, text, more.empty() ? "" : " ", more);
  };
  if (found.is_bot) {
    line("bot", found.bot.name);
    line("category", found.bot.category);
    line("producer", found.bot.producer_name);
    line("url", found.bot.url);
    return;
  }
  const auto type = device::name_of(found.device.type);
  line("device", type.empty() ? "unknown" : type);
  line("brand", found.device.brand);
  line("model", found.device.model);
  if (found.has_system) line("system", found.system.name, found.system.version);
  line("platform", found.system.platform);
  line("client", found.client.name, found.client.version);
  line("type", device::name_of(found.client.type));
  line("engine", found.client.engine, found.client.engine_version);
}

Result<void> answer_one(const device::DeviceData& data, const Asked& asked, std::FILE* out) {
  if (asked.bench) {
    std::string line = "{\"ua\":\"";
    append_json_escaped(line, *asked.user_agent);
    return bench_detection(data, {line + "\"}"}, out);
  }
  RS_TRY(const auto detector, device::Detector::create(data));
  print_readable(detector->detect(*asked.user_agent, {}), out);
  return {};
}

Result<void> answer_lines(const device::DeviceData& data, std::FILE* out) {
  RS_TRY(const auto detector, device::Detector::create(data));
  device::QuestionReader question;
  std::string answer;
  std::size_t number = 0;
  for (std::string line; std::getline(std::cin, line);) {
    ++number;
    if (auto read = question.read(line); !read) {
      return fail(read.error().code, fmt::format("line {}: {}", number, read.error().message));
    }
    answer.clear();
    device::append_answer(answer, detector->detect(question.user_agent(), question.hints()));
    answer += '\n';
    if (std::fwrite(answer.data(), 1, answer.size(), out) != answer.size()) break;
  }
  return {};
}

Result<void> detect(const settings::Settings::Device& settings, const Asked& asked,
                    std::FILE* out) {
  RS_TRY(const auto data, app::open_device_data(settings));
  if (data == nullptr) {
    return fail(ErrorCode::kInvalidInput, "DEVICE__DATABASE is none, so nothing can be detected");
  }
  if (asked.user_agent) return answer_one(*data, asked, out);
  if (!asked.bench) return answer_lines(*data, out);
  std::vector<std::string> lines;
  for (std::string line; std::getline(std::cin, line);) lines.push_back(line);
  return bench_detection(*data, lines, out);
}

int detect(CommandLine& line, const Asked& asked) {
  return with_settings(line, [&](const settings::Reading& reading) {
    const auto done = detect(reading.settings.device, asked, line.out);
    if (done) return kFine;
    std::fflush(line.out);  // Part of an answer comes before the reason why it ends.
    fmt::print(line.error, "real-streaming: {}\n", done.error().message);
    return kFailed;
  });
}

}  // namespace

void add_detect(const Command& root, CommandLine& line) {
  const Command command = root.add("detect", "Tell device, system and browser of a user agent");
  auto asked = std::make_shared<Asked>();
  command.text("UA", asked->user_agent, "A User-Agent header");
  command.flag("--bench", asked->bench, "Print how long it takes, not what it finds");
  command.footer(
      "Without UA it reads JSON Lines, one object a line, and answers each with one line:\n"
      "  {\"ua\":\"Mozilla/5.0 ...\",\"headers\":{\"Sec-CH-UA-Model\":\"\\\"Pixel 8\\\"\"}}\n"
      "`headers` may be null or missing. Answers are in the terms of Matomo Device Detector.\n"
      "\n"
      "Examples:\n"
      "  real-streaming detect \"curl/8.5.0\"\n"
      "  real-streaming detect < user_agents.jsonl > answers.jsonl\n"
      "  real-streaming detect --bench < user_agents.jsonl");
  command.runs([&line, asked] { return detect(line, *asked); });
}

}  // namespace rs::commands
