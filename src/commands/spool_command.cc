// real-streaming spool status | verify: what waits on this machine's disk.

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "app/data_folder.h"
#include "base/text.h"
#include "commands/command_line.h"
#include "spool/inspection.h"

namespace rs::commands {
namespace {

// A bar for a person; nothing for a program, which reads the result.
class ProgressBar {
 public:
  explicit ProgressBar(std::FILE* out) : out_(out), live_(isatty(fileno(out)) != 0) {}
  ~ProgressBar() {
    if (shown_ >= 0) fmt::print(out_, "\r{:60}\r", "");
  }
  void show(std::uint64_t done, std::uint64_t all) {
    const int percent = all == 0 ? 100 : static_cast<int>(done * 100 / all);
    if (!live_ || percent == shown_) return;
    shown_ = percent;
    const auto full = static_cast<std::size_t>(percent) * 40 / 100;
    fmt::print(out_, "\r[{:40}] {:3} %", std::string(full, '#'), percent);
    std::fflush(out_);
  }

 private:
  std::FILE* out_;
  bool live_;
  int shown_ = -1;
};

struct Found {
  std::string folder;
  bool verified, in_use;
  std::uint64_t max_bytes;
  spool::Inspection inspection;
};

std::string json_text(std::string_view text) {
  std::string out = "\"";
  append_json_escaped(out, text);
  return out + "\"";
}

std::string json_of(const Found& found) {
  const auto& inspection = found.inspection;
  std::string out =
      fmt::format(R"({{"folder":{},"server_running":{},"segments":{},"bytes":{},"max_bytes":{},)"
                  R"("position":{{"segment":{},"offset":{}}},"end":{{"segment":{},"offset":{}}},)"
                  R"("kept_aside":{},"unknown_formats":[)",
                  json_text(found.folder), found.in_use, inspection.segments, inspection.bytes,
                  found.max_bytes, inspection.position.segment, inspection.position.offset,
                  inspection.end.segment, inspection.end.offset, inspection.kept_aside);
  for (std::size_t i = 0; i < inspection.unknown.size(); ++i) {
    out += (i == 0 ? "" : ",") + json_text(inspection.unknown[i]);
  }
  out += "]";
  if (found.verified) {
    out += fmt::format(R"(,"rows":{},"row_bytes":{},"torn_bytes":{},"damages":[)", inspection.rows,
                       inspection.row_bytes, inspection.torn_bytes);
    for (std::size_t i = 0; i < inspection.damages.size(); ++i) {
      const auto& damage = inspection.damages[i];
      out += fmt::format(R"({}{{"file":{},"begin":{},"end":{},"kind":"{}"}})", i == 0 ? "" : ",",
                         json_text(damage.file), damage.begin, damage.end, damage.kind);
    }
    out += "]";
  }
  return out + "}\n";
}

void print(std::FILE* out, const Found& found) {
  const auto& inspection = found.inspection;
  fmt::print(out, "Folder      {}{}\n", found.folder, found.in_use ? ", a server uses it" : "");
  fmt::print(out, "On disk     {} bytes in {} segments; at most {} (SPOOL__MAX_BYTES)\n",
             inspection.bytes, inspection.segments, found.max_bytes);
  fmt::print(out, "Delivered   up to segment {}, byte {}\n", inspection.position.segment,
             inspection.position.offset);
  if (inspection.end != spool::Position{}) {
    fmt::print(out, "Kept        up to segment {}, byte {} at least\n", inspection.end.segment,
               inspection.end.offset);
  }
  if (inspection.kept_aside > 0) {
    fmt::print(out, "Kept aside  {} files of damaged bytes in {}/damaged\n", inspection.kept_aside,
               found.folder);
  }
  for (const auto& file : inspection.unknown) {
    fmt::print(out, "Unknown     {} has a format this program does not know\n", file);
  }
  if (!found.verified) return;
  fmt::print(out, "Waiting     {} rows of {} bytes\n", inspection.rows, inspection.row_bytes);
  if (inspection.torn_bytes > 0) {
    fmt::print(out, "Torn        {} bytes at the end: {}\n", inspection.torn_bytes,
               found.in_use ? "they are being written" : "a start cuts them off");
  }
  for (const auto& damage : inspection.damages) {
    fmt::print(out, "Damaged     {}, bytes {} to {}: {}\n", damage.file, damage.begin, damage.end,
               damage.kind);
  }
}

int inspect(CommandLine& line, const settings::Settings& settings, bool verify, bool json) {
  const auto folder = std::filesystem::path(settings.writers.data_dir) / "spool";
  spool::RealDisk disk;
  auto inspection = [&] {
    ProgressBar bar(line.error);
    return spool::inspect(disk, folder, verify,
                          [&](std::uint64_t done, std::uint64_t all) { bar.show(done, all); });
  }();
  if (!inspection) {
    fmt::print(line.error, "real-streaming: {}\n", inspection.error().message);
    return kFailed;
  }
  const Found found{folder.string(), verify, app::DataFolder::is_claimed(settings.writers.data_dir),
                    settings.spool.max_bytes, std::move(*inspection)};
  if (json) {
    fmt::print(line.out, "{}", json_of(found));
  } else {
    print(line.out, found);
  }
  return found.inspection.damages.empty() && found.inspection.unknown.empty() ? kFine : kFailed;
}

void add_inspection(const Command& command, CommandLine& line, const char* name, const char* help,
                    bool verify) {
  auto format = std::make_shared<std::string>("text");
  const Command subcommand = command.add(name, help);
  subcommand.choice("--format", *format, "text for people, json: one object", {"text", "json"});
  subcommand.runs([&line, format, verify] {
    return with_settings(line, [&](const settings::Reading& reading) {
      return inspect(line, reading.settings, verify, *format == "json");
    });
  });
}

}  // namespace

void add_spool(const Command& root, CommandLine& line) {
  const Command command = root.add("spool", "Show or verify what waits on this machine's disk");
  command.footer(
      "With WRITERS__ACK=spooled, rows wait in WRITERS__DATA_DIR/spool until the destination has\n"
      "them. Both commands only read, and work while the server runs. verify exits with 1 when it\n"
      "finds damage.\n"
      "\n"
      "Examples:\n"
      "  real-streaming spool status\n"
      "  real-streaming spool verify --format json");
  command.need_subcommand();
  add_inspection(command, line, "status", "Files, room and position", false);
  add_inspection(command, line, "verify", "The same, and every row read and checked", true);
}

}  // namespace rs::commands
