// real-streaming dead-letters list | replay | drop: the rows no destination took.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "app/pipeline.h"
#include "base/mutex.h"
#include "base/printable_text.h"
#include "commands/ask_server.h"
#include "commands/command_line.h"
#include "delivery/dead_letters.h"
#include "delivery/replay.h"
#include "spool/disk.h"

namespace rs::commands {
namespace {

namespace fs = std::filesystem;

using Clock = std::chrono::steady_clock;

// How long a destination may take no rows before it is said, and a server before it is not waited
// for any more.
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kLook{100}, kAskEvery{1000}, kAnswer{2000};

fs::path folder_of(const settings::Settings& settings) {
  return fs::path(settings.writers.data_dir) / "dead-letters";
}

int failed(CommandLine& line, const Error& error) {
  fmt::print(line.error, "real-streaming: {}\n", printable_lines(error.message));
  return kFailed;
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

int list(CommandLine& line, const settings::Settings& settings, bool json) {
  spool::RealDisk disk;
  const delivery::DeadLetters letters(disk, folder_of(settings));
  std::size_t count = 0, set_aside = 0, damaged = 0;
  const auto show = [&](const delivery::KeptLetter& letter) {
    ++count;
    set_aside += letter.is_set_aside ? 1 : 0;
    if (json) {
      fmt::print(line.out, "{}\n", printable_json(letter.line));
    } else {
      fmt::print(line.out, "{}  {}  after {}  {}\n    {}\n", printable(letter.time),
                 printable(letter.sink),
                 counted(static_cast<std::size_t>(letter.attempts), "attempt"),
                 printable(letter.reason),
                 printable_json(letter.message.empty() ? letter.row : letter.message));
    }
  };
  const auto skip = [&](const delivery::DamagedLine& skipped) {
    ++damaged;
    fmt::print(line.error, "real-streaming: skipped, and left where it is: {}\n", skipped.text());
  };
  letters.read({.letter = show, .damaged = skip});
  if (json) return kFine;
  fmt::print(line.out, "{}", counted(count, "dead letter"));
  if (set_aside > 0) {
    fmt::print(line.out, ", {} of them set aside by a replay that has not written them yet",
               set_aside);
  }
  if (damaged > 0) fmt::print(line.out, "; {} skipped", counted(damaged, "damaged line"));
  fmt::print(line.out, "\n");
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

int conclude(CommandLine& line, const delivery::ReplayProgress& end) {
  fmt::print(line.out, "{} delivered, {} rejected again", end.delivered, end.rejected);
  if (end.damaged > 0) {
    fmt::print(line.out, "; {} kept in the subfolder damaged",
               counted(end.damaged, "damaged line"));
  }
  fmt::print(line.out, "\n");
  return end.rejected + end.damaged == 0 ? kFine : kFailed;
}

// Why the server cannot write rows now; empty when it can.
std::string trouble_of_server(const settings::Settings& settings) {
  const auto answer = ask_server(settings.run, "/readyz", kAnswer);
  if (!answer) return answer.error().message;
  return answer->status == 200 ? "" : "its /readyz says " + answer->body;
}

// The server holds the destination: it finds what is set aside, and this waits while it can write.
int replay_by_server(CommandLine& line, const settings::Settings& settings,
                     const delivery::DeadLetters& letters, std::size_t all) {
  fmt::print(line.error, "The server that uses {} writes {} again\n", settings.writers.data_dir,
             counted(all, "dead letter"));
  Clock::time_point could_write = Clock::now(), asked{};
  while (!letters.set_aside_files().empty()) {
    std::this_thread::sleep_for(kLook);
    if (Clock::now() < asked + kAskEvery) continue;
    asked = Clock::now();
    const std::string trouble = trouble_of_server(settings);
    if (trouble.empty()) could_write = asked;
    if (Clock::now() < could_write + kPatience) continue;
    fmt::print(line.error,
               "real-streaming: the server has not written them yet: {}. They stay set aside, and "
               "it writes them when it can; list shows which are left\n",
               trouble);
    return kFailed;
  }
  std::size_t back = 0;
  const auto count = [&](const auto&) { ++back; };
  letters.read({.letter = count, .damaged = count});
  back = std::min(all, back);
  return conclude(line, {.taken = all, .delivered = all - back, .rejected = back, .damaged = 0});
}

// Says why a destination takes no rows, once it has not for a while.
class TroubleLine {
 public:
  TroubleLine(std::FILE* out, const delivery::Delivery& delivery)
      : thread_([this, out, &delivery] { watch(out, delivery); }) {}
  ~TroubleLine() {
    {
      const MutexLock lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

 private:
  void watch(std::FILE* out, const delivery::Delivery& delivery) {
    std::string said;
    auto fine_at = Clock::now();
    MutexLock lock(mutex_);
    while (!done_) {
      changed_.wait_for(mutex_, kLook);
      const auto stats = delivery.stats();
      const auto& trouble = stats.ready ? stats.dead_letters_trouble : stats.trouble;
      if (trouble.empty()) fine_at = Clock::now();
      if (trouble.empty() || trouble == said || Clock::now() < fine_at + kPatience) continue;
      said = trouble;
      fmt::print(
          out,
          "real-streaming: waiting for the destination: {}. Interrupt this, and what is left "
          "stays set aside\n",
          trouble);
      std::fflush(out);
    }
  }

  Mutex mutex_;
  CondVar changed_;
  bool done_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

int replay_here(CommandLine& line, app::Pipeline& pipeline, std::size_t all) {
  ProgressLine progress(line.error);
  const TroubleLine trouble(line.error, pipeline.delivery());
  delivery::Replay replay(pipeline.dead_letters(), pipeline.delivery());
  const auto done = replay.run([&](const delivery::ReplayProgress& now) {
    progress.show(now.delivered + now.rejected, all);
  });
  progress.end();
  pipeline.delivery().stop(delivery::Clock::time_point::max());
  if (!done) return failed(line, done.error());
  return conclude(line, *done);
}

int replay(CommandLine& line, const settings::Settings& settings, bool dry_run) {
  spool::RealDisk disk;
  const delivery::DeadLetters letters(disk, folder_of(settings));
  std::size_t all = 0, damaged = 0;
  letters.read({.letter = [&](const auto&) { ++all; }, .damaged = [&](const auto&) { ++damaged; }});
  if (dry_run || all + damaged == 0) {
    fmt::print(line.out, "{} would be written again\n", counted(all, "dead letter"));
    return kFine;
  }
  if (auto aside = letters.set_aside(); !aside) return failed(line, aside.error());
  const bool server_runs = app::DataFolder::is_claimed(settings.writers.data_dir);
  if (server_runs) return replay_by_server(line, settings, letters, all);
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
  spool::RealDisk disk;
  delivery::DeadLetters letters(disk, folder_of(settings));
  const auto dropped = letters.drop();
  if (!dropped) return failed(line, dropped.error());
  fmt::print(line.out, "{} dropped\n", counted(*dropped, "dead letter"));
  return kFine;
}

}  // namespace

void add_dead_letters(const Command& root, CommandLine& line) {
  const Command command =
      root.add("dead-letters", "List, write again or drop the rows no destination took");
  command.footer(
      "A row the destination rejects is kept in WRITERS__DATA_DIR/dead-letters with the reason.\n"
      "replay works while the server runs (the server writes them) and when it does not. All "
      "three\n"
      "also find what a replay has set aside and not written yet. A damaged line is skipped.\n"
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
