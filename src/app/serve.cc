#include "app/serve.h"

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/device_data.h"
#include "app/first_opening.h"
#include "app/last_words.h"
#include "app/pipeline.h"
#include "app/replay_watch.h"
#include "app/service_notice.h"
#include "app/shutdown_guard.h"
#include "app/site.h"
#include "app/stop_signals.h"
#include "app/version.h"
#include "http/server.h"
#include "obs/log.h"
#include "pages/metrics.h"
#include "query/server.h"

namespace rs::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMegabyte = 1024 * 1024;
// Of the time a shutdown may take, what is kept back for giving up what is left.
constexpr std::chrono::milliseconds kGivingUp{500};
// A start whose destination says nothing for so long has succeeded: the server takes events.
constexpr std::chrono::seconds kOpening{5};

http::ServerSettings server_settings(const settings::Settings& settings) {
  const auto& run = settings.run;
  http::ServerSettings server;
  server.decode_ratio = settings.limits.decode_ratio;
  server.host = run.host;
  server.port = run.port;
  server.threads = static_cast<unsigned>(run.threads);
  server.connections_max = run.max_connections;
  server.head_bytes_max = run.max_head_bytes;
  server.body_bytes_max = run.max_body_bytes;
  server.unfinished_bytes_max = run.max_unfinished_bytes;
  server.timeouts.head = run.header_timeout;
  server.timeouts.body = run.body_timeout;
  server.timeouts.idle = run.idle_timeout;
  server.timeouts.promise = run.ack_timeout;
  return server;
}

collect::Acknowledge acknowledge(settings::Ack ack) {
  switch (ack) {
    case settings::Ack::kReceived:
      return collect::Acknowledge::kReceived;
    case settings::Ack::kSpooled:
      return collect::Acknowledge::kSpooled;
    case settings::Ack::kDelivered:
      break;
  }
  return collect::Acknowledge::kDelivered;
}

Result<collect::CollectorSettings> collector_settings(const settings::Settings& settings,
                                                      const device::DeviceData* devices) {
  collect::CollectorSettings collector;
  collector.acknowledge = acknowledge(settings.writers.ack);
  collector.geo_from_anyone = settings.is_qa();
  collector.cookie = {.name = settings.cookie.name,
                      .domain = settings.cookie.domain,
                      .max_age_seconds = settings.cookie.max_age.count(),
                      .secure = settings.cookie.secure,
                      .http_only = settings.cookie.http_only,
                      .same_site = settings.cookie.same_site};
  RS_TRY(collector.trusted_proxies, collect::TrustedProxies::parse(settings.run.trusted_proxies));
  collector.events_max = settings.run.max_events;
  collector.limits.items.count = settings.limits.items;
  collector.limits.params.count = settings.limits.params;
  collector.limits.item_params.count = settings.limits.item_params;
  collector.enrich.allowed_origins = settings.cors.allowed_origins;
  collector.enrich.device = {.data = devices, .cache_entries = settings.device.cache_entries};
  return collector;
}

pages::Paths paths_of(const settings::Settings& settings) {
  const auto& api = settings.api;
  return {.api = api.prefix,
          .v1 = api.v1.prefix,
          .streaming = api.v1.streaming,
          .fetch = api.v1.fetch,
          .ga4 = settings.ga4.paths};
}

// Ten thousand connections need as many descriptors; the usual soft limit is 1,024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    RS_LOG(kWarning, "The limit on open files stays as it is; many connections may be refused");
  }
}

pages::Readiness readiness_of(const delivery::Delivery& delivery, std::string_view sink) {
  const auto stats = delivery.stats();
  pages::Readiness readiness;
  if (!stats.ready) readiness.reasons.push_back(fmt::format("sink {}: {}", sink, stats.trouble));
  if (!stats.dead_letters_trouble.empty()) {
    readiness.reasons.push_back(fmt::format("{} rejected events wait: {}", stats.set_apart_rows,
                                            stats.dead_letters_trouble));
  }
  if (!stats.reading_trouble.empty()) {
    readiness.reasons.push_back(fmt::format("spool: {}", stats.reading_trouble));
  }
  if (delivery.full()) readiness.reasons.emplace_back("as many events are held as may be");
  if (!stats.spool) return readiness;
  const auto& spool = *stats.spool;
  if (!spool.trouble.empty()) readiness.reasons.push_back(fmt::format("spool: {}", spool.trouble));
  if (spool.slow_commit.count() > 0) {
    readiness.reasons.push_back(
        fmt::format("spool: the disk takes {:.1f} s to write and sync a group of events",
                    std::chrono::duration<double>(spool.slow_commit).count()));
  }
  if (const auto& segments = spool.segments; segments.recovering) {
    readiness.reasons.push_back(fmt::format("spool: looking through what was left, {} of {} MB",
                                            segments.recovered_bytes / kMegabyte,
                                            segments.left_over_bytes / kMegabyte));
  }
  return readiness;
}

// `threads` has one for each thread.
std::string metrics_of(const http::Server& server,
                       const std::deque<collect::CollectorStats>& threads, Pipeline& pipeline) {
  collect::CollectorTotals totals;
  for (const auto& thread : threads) totals.add(thread);
  return pages::metrics_text({.http = server.stats(),
                              .collector = totals,
                              .delivery = pipeline.delivery().stats(),
                              .sink_stats = pipeline.sink().stats(),
                              .sink = pipeline.sink().name(),
                              .version = version(),
                              .commit = commit()});
}

// Ends the server in order. Without a destination, what waits for it need not.
void stop(http::Server& server, delivery::Delivery& delivery, Clock::time_point limit,
          bool has_destination) {
  server.stop(limit - 2 * kGivingUp);
  if (!has_destination) delivery.stop(Clock::now());
  server.join();
  delivery.stop(limit - kGivingUp);
}

// The exit code: what the spool does not keep must have an end.
int report_end(const delivery::DeliveryStats& end) {
  const auto& accounting = end.accounting;
  RS_LOG(
      kInfo,
      "Stopped: {} received, {} refused, {} delivered, {} dead-lettered, {} held, of which {} in "
      "the spool",
      accounting.received, accounting.refused_total(), accounting.delivered,
      accounting.dead_lettered, accounting.held, end.spooled_rows);
  return accounting.held == end.spooled_rows ? 0 : 1;
}

int report(const Error& error) {
  RS_LOG(kError, "Not started: {}", error.message);
  return 1;
}

}  // namespace

int serve(const settings::Settings& settings) {
  StopSignals stop_requested;
  const LastWords last_words(stop_requested);
  FirstOpening first_opening(stop_requested);
  std::optional<ShutdownGuard> guard;
  raise_descriptor_limit();

  // In the order of an event's way backwards, so that whatever takes events has where to put them.
  auto cors = http::Cors::create({settings.cors.allowed_origins, settings.cors.allow_credentials,
                                  settings.cors.allow_methods, settings.cors.allow_headers});
  if (!cors) return report(cors.error());
  const auto devices = open_device_data(settings.device);
  if (!devices) return report(devices.error());
  const auto collector = collector_settings(settings, devices->get());
  if (!collector) return report(collector.error());
  const auto paths = paths_of(settings);
  const pages::Pages pages(
      {.paths = paths, .static_dir = settings.api.static_dir, .version = version()});

  auto started = Pipeline::start(settings, Pipeline::For::kClients, first_opening.taker());
  if (!started) return report(started.error());
  Pipeline& pipeline = **started;

  std::unique_ptr<query::QueryServer> queries;
  if (auto* store = pipeline.local_store()) {
    queries = std::make_unique<query::QueryServer>(settings.writers.data_dir, *store);
    if (auto listening = queries->start(); !listening) return report(listening.error());
  }

  auto listening = http::Server::listen(server_settings(settings));
  if (!listening) return report(listening.error());
  http::Server& server = **listening;

  std::deque<collect::CollectorStats> stats;  // One a thread; a deque never moves them.
  const SiteParts parts{
      .cors = *cors,
      .pages = pages,
      .paths = paths,
      .collector = *collector,
      .delivery = pipeline.delivery(),
      .hint_lines = hint_lines(settings.device),
      .metrics = [&] { return metrics_of(server, stats, pipeline); },
      .readiness = [&] { return readiness_of(pipeline.delivery(), pipeline.sink().name()); }};
  for (std::size_t thread = 0; thread < settings.run.threads; ++thread) stats.emplace_back();
  server.run(
      [&](unsigned thread, Mailbox&) { return std::make_unique<Site>(parts, stats[thread]); });
  auto replays = std::make_unique<ReplayWatch>(pipeline.dead_letters(), pipeline.delivery());
  RS_LOG(kInfo, "Listening on {}:{} with {} threads, sink {}", settings.run.host, server.port(),
         settings.run.threads, pipeline.sink().name());
  first_opening.announce(fmt::format("READY=1\nSTATUS=Listening on port {}", server.port()));
  if (!stop_requested.wait_for(kOpening)) first_opening.announce_now();

  const auto reason = stop_requested.wait();
  const auto limit = Clock::now() + settings.run.shutdown;
  const auto never = first_opening.never();
  guard.emplace(pipeline.delivery(), limit - kGivingUp, limit);
  if (never) {
    (void)report(*never);
  } else {
    RS_LOG(kInfo, "{}: finishing what is in progress", reason);
  }
  notify_service("STOPPING=1\nSTATUS=Finishing what is in progress");
  stop(server, pipeline.delivery(), limit, !never);
  guard->delivery_has_ended();
  replays.reset();
  queries.reset();

  const int code = report_end(pipeline.delivery().stats());
  return never || LastWords::were_spoken() ? 1 : code;
}

}  // namespace rs::app
