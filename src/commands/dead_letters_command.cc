// real-streaming dead-letters list | replay | drop: the rows no destination took.

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "app/pipeline.h"
#include "base/printable_text.h"
#include "commands/command_line.h"
#include "delivery/dead_letters.h"
#include "delivery/replay.h"

namespace rs::commands {
namespace {

namespace fs = std::filesystem;

delivery::DeadLetters letters_of(const settings::Settings& settings) {
  return delivery::DeadLetters(fs::path(settings.writers.data_dir) / "dead-letters");
}

int failed(CommandLine& line, const Error& error) {
  fmt::print(line.error, "real-streaming: {}\n", printable_lines(error.message));
  return kFailed;
}

int list(CommandLine& line, const settings::Settings& settings, bool json) {
  std::size_t count = 0;
  const auto read = letters_of(settings).read([&](const delivery::KeptLetter& letter) {
    ++count;
    if (json) {
      fmt::print(line.out, "{}\n", printable_json(letter.line));
    } else {
      fmt::print(line.out, "{}  {}  after {} attempts  {}\n    {}\n", printable(letter.time),
                 printable(letter.sink), letter.attempts, printable(letter.reason),
                 printable_json(letter.row));
    }
  });
  if (!read) return failed(line, read.error());
  if (!json) fmt::print(line.out, "{} dead letters\n", count);
  return kFine;
}

// Progress for a person; a program reads the last line only.
class ProgressLine {
 public:
  explicit ProgressLine(std::FILE* out) : out_(out), live_(isatty(fileno(out)) != 0) {}
  void show(std::size_t done, std::size_t all) {
    if (!live_) return;
    fmt::print(out_, "\r{} of {} dead letters written again", done, all);
    std::fflush(out_);
    shown_ = true;
  }
  void end() {
    if (shown_) fmt::print(out_, "\n");
  }

 private:
  std::FILE* out_;
  bool live_, shown_ = false;
};

int conclude(CommandLine& line, std::size_t all, std::size_t back) {
  fmt::print(line.out, "{} delivered, {} rejected again\n", all - back, back);
  return back == 0 ? kFine : kFailed;
}

// The server holds the destination: it finds what is set aside, and this waits for it.
int replay_by_server(CommandLine& line, const delivery::DeadLetters& letters, std::size_t all) {
  while (!letters.set_aside_files().empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  std::size_t back = 0;
  const auto read = letters.read([&](const delivery::KeptLetter&) { ++back; });
  if (!read) return failed(line, read.error());
  return conclude(line, all, std::min(all, back));
}

int replay_here(CommandLine& line, app::Pipeline& pipeline, std::size_t all) {
  ProgressLine progress(line.error);
  delivery::Replay replay(pipeline.dead_letters(), pipeline.delivery());
  const auto done = replay.run([&](const delivery::ReplayProgress& now) {
    progress.show(now.delivered + now.rejected, all);
  });
  progress.end();
  pipeline.delivery().stop(delivery::Clock::time_point::max());
  if (!done) return failed(line, done.error());
  return conclude(line, done->delivered + done->rejected, done->rejected);
}

int replay(CommandLine& line, const settings::Settings& settings, bool dry_run) {
  const auto letters = letters_of(settings);
  std::size_t all = 0;
  const auto count = [&](const delivery::KeptLetter&) { ++all; };
  if (auto read = letters.read(count); !read) return failed(line, read.error());
  for (const auto& file : letters.set_aside_files()) {
    if (auto read = delivery::DeadLetters::read_file(file, count); !read) {
      return failed(line, read.error());
    }
  }
  if (dry_run || all == 0) {
    fmt::print(line.out, "{} dead letters would be written again\n", all);
    return kFine;
  }
  if (auto aside = letters.set_aside(); !aside) return failed(line, aside.error());
  const bool server_runs = app::DataFolder::is_claimed(settings.writers.data_dir);
  if (server_runs) return replay_by_server(line, letters, all);
  std::promise<Result<void>> first_opening;
  auto pipeline =
      app::Pipeline::start(settings, app::Pipeline::For::kReplay,
                           [&](const Result<void>& opened) { first_opening.set_value(opened); });
  if (!pipeline) return failed(line, pipeline.error());
  const auto opened = first_opening.get_future().get();
  if (!opened && !opened.error().retryable()) return failed(line, opened.error());
  return replay_here(line, **pipeline, all);
}

int drop(CommandLine& line, const settings::Settings& settings) {
  const auto dropped = letters_of(settings).drop();
  if (!dropped) return failed(line, dropped.error());
  fmt::print(line.out, "{} dead letters dropped\n", *dropped);
  return kFine;
}

}  // namespace

void add_dead_letters(const Command& root, CommandLine& line) {
  const Command command =
      root.add("dead-letters", "List, write again or drop the rows no destination took");
  command.footer(
      "A row the destination rejects is kept in WRITERS__DATA_DIR/dead-letters with the reason.\n"
      "replay works while the server runs (the server writes them) and when it does not.\n"
      "\n"
      "Examples:\n"
      "  real-streaming dead-letters list\n"
      "  real-streaming dead-letters replay --dry-run");
  command.need_subcommand();

  auto format = std::make_shared<std::string>("text");
  const Command lister = command.add("list", "Print them, oldest first");
  lister.choice("--format", *format, "text for people, json: the lines as they are kept",
                {"text", "json"});
  lister.runs([&line, format] {
    return with_settings(line, [&](const settings::Reading& reading) {
      return list(line, reading.settings, *format == "json");
    });
  });

  auto dry_run = std::make_shared<bool>(false);
  const Command replayer = command.add("replay", "Write them to the destination again");
  replayer.flag("--dry-run", *dry_run, "Only say how many there are");
  replayer.runs([&line, dry_run] {
    return with_settings(line, [&](const settings::Reading& reading) {
      return replay(line, reading.settings, *dry_run);
    });
  });

  const Command dropper = command.add("drop", "Delete them for good");
  dropper.runs([&line] {
    return with_settings(
        line, [&](const settings::Reading& reading) { return drop(line, reading.settings); });
  });
}

}  // namespace rs::commands
