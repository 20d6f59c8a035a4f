#include "pages/metrics.h"

#include <fmt/format.h>

#include "obs/log.h"
#include "obs/prometheus.h"

namespace rs::pages {
namespace {

using obs::PrometheusText;
using Type = PrometheusText::Type;

constexpr double kSecondsPerMicro = 1e-6;

// received = refused + delivered + dead_lettered + held: one snapshot, so that every scrape adds
// up.
void add_accounting(PrometheusText& page, const delivery::DeliveryStats& stats) {
  const auto& accounting = stats.accounting;
  page.family("events_received_total", Type::kCounter, "Events that reached a decision.");
  page.sample(accounting.received);
  page.family("events_refused_total", Type::kCounter,
              "Events refused, by reason; the client was told.");
  for (std::size_t i = 0; i < accounting.refused.size(); ++i) {
    page.sample(accounting.refused[i],
                fmt::format("reason=\"{}\"", name_of(static_cast<delivery::Refused>(i))));
  }
  page.family("events_delivered_total", Type::kCounter, "Events the destination has acknowledged.");
  page.sample(accounting.delivered);
  page.family("events_dead_lettered_total", Type::kCounter,
              "Events the destination will never take, kept as dead letters, and events that the "
              "disk lost (spool_lost_events_total).");
  page.sample(accounting.dead_lettered);
  page.family("events_held", Type::kGauge, "Events accepted and not yet delivered.");
  page.sample(accounting.held);
}

void add_delivery(PrometheusText& page, const Measured& measured) {
  const auto& stats = measured.delivery;
  const auto sink = fmt::format("sink=\"{}\"", measured.sink);
  page.family("held_bytes", Type::kGauge, "Encoded bytes of the events held.");
  page.sample(stats.held_bytes);
  page.family("sink_ready", Type::kGauge, "1 when the sink is open and took its last batch.");
  page.sample(std::uint64_t{stats.ready}, sink);
  page.family("dead_letters_bytes", Type::kGauge, "What the dead letters take on the disk.");
  page.sample(stats.dead_letters_bytes);
  page.family(
      "dead_letters_waiting_events", Type::kGauge,
      "Of the events held, those rejected that cannot be kept as dead letters now: an alarm.");
  page.sample(stats.set_apart_rows);
  page.family("dead_letters_failures_total", Type::kCounter,
              "Times the disk began to refuse dead letters, or their limit was reached.");
  page.sample(stats.dead_letters_failures);
  page.family("batch_retries_total", Type::kCounter, "Batches written again after a failure.");
  page.sample(stats.retries, sink);
  page.family("batch_rows", Type::kHistogram, "Rows in a batch.");
  page.histogram(stats.batch_rows, 1);
  page.family("sink_write_seconds", Type::kHistogram, "Time from writing a batch to its outcome.");
  page.histogram(stats.write_micros, kSecondsPerMicro);
}

// Of sinks that talk to a service.
void add_sink(PrometheusText& page, const Measured& measured) {
  const auto& stats = measured.sink_stats;
  if (!stats.remote) return;
  const auto sink = fmt::format("sink=\"{}\"", measured.sink);
  page.family("sink_connections", Type::kGauge, "Connections to the service that are open.");
  page.sample(stats.connections, sink);
  page.family("sink_connects_total", Type::kCounter, "Connections to the service opened.");
  page.sample(stats.connects, sink);
  page.family("sink_requests_total", Type::kCounter, "Requests sent to the service.");
  page.sample(stats.requests, sink);
  page.family("sink_request_failures_total", Type::kCounter,
              "Requests that ended without their rows stored or refused; they are sent again.");
  page.sample(stats.failures, sink);
  page.family("sink_row_errors_total", Type::kCounter, "Rows that the service refused.");
  page.sample(stats.row_errors, sink);
  page.family("sink_requests_known_total", Type::kCounter,
              "Requests sent again that turned out to be stored already.");
  page.sample(stats.known_already, sink);
  page.family("sink_round_trip_seconds", Type::kHistogram,
              "Time from sending a request to its answer.");
  page.histogram(stats.round_trip_micros, kSecondsPerMicro);
}

void add_spool(PrometheusText& page, const delivery::DeliveryStats& stats) {
  const auto& spool = *stats.spool;
  const auto& segments = spool.segments;
  page.family("spool_events", Type::kGauge, "Of the events held, those on disk.");
  page.sample(stats.spooled_rows);
  page.family("spool_bytes", Type::kGauge, "What the spool takes on the disk.");
  page.sample(segments.bytes);
  page.family("spool_segments", Type::kGauge, "Files of the spool.");
  page.sample(segments.segments);
  page.family("spool_oldest_seconds", Type::kGauge,
              "Age of the oldest event on disk that is on its way; 0 without one.");
  page.sample(stats.oldest_age_seconds);
  page.family("spool_refusing", Type::kGauge,
              "1 while events are refused because the disk fails or is full: an alarm.");
  page.sample(std::uint64_t{!spool.trouble.empty()});
  page.family("spool_failures_total", Type::kCounter,
              "Times the disk began to fail or was found full.");
  page.sample(spool.failures);
  page.family("spool_damages_total", Type::kCounter,
              "Stretches of the spool that are damaged or missing; what is left of them is in "
              "spool/damaged.");
  page.sample(segments.damages);
  page.family("spool_lost_events_total", Type::kCounter,
              "Events in such stretches, as far as known; part of events_dead_lettered_total.");
  page.sample(stats.lost_rows);
  page.family("spool_torn_bytes_total", Type::kCounter,
              "Bytes cut off at the end: never acknowledged, half written when a process ended.");
  page.sample(segments.torn_bytes);
  page.family("spool_recovering", Type::kGauge, "1 while what was left is looked through.");
  page.sample(std::uint64_t{segments.recovering});
  page.family("spool_recovered_events_total", Type::kCounter,
              "Events received by an earlier process; part of events_received_total.");
  page.sample(stats.recovered_rows);
  page.family("spool_group_rows", Type::kHistogram, "Events written and synced together.");
  page.histogram(spool.group_rows, 1);
  page.family("spool_commit_seconds", Type::kGauge,
              "What the disk took to write and sync the last group of events, or takes for the "
              "present one.");
  page.sample(std::chrono::duration<double>(spool.last_commit).count());
  page.family("spool_sync_seconds", Type::kHistogram, "Time of one fdatasync.");
  page.histogram(spool.sync_micros, kSecondsPerMicro);
}

void add_ga4(PrometheusText& page, const collect::Ga4Totals& totals) {
  page.family("ga4_events_refused_total", Type::kCounter,
              "Events of GA4's senders that are not stored, by reason; the answer is 204 all the "
              "same. Part of events_refused_total.");
  for (std::size_t i = 0; i < totals.refused.size(); ++i) {
    page.sample(totals.refused[i],
                fmt::format("reason=\"{}\"", name_of(static_cast<ga4::Refusal>(i))));
  }
  page.family("ga4_values_dropped_total", Type::kCounter,
              "Parameters and item fields of stored events that no column takes: without a name, "
              "not a number, null, or nested.");
  page.sample(totals.dropped_values);
  page.family("events_derived_total", Type::kCounter,
              "Rows made from the marks of other events, by name; each is an event received.");
  page.sample(totals.first_visits, "name=\"first_visit\"");
  page.sample(totals.session_starts, "name=\"session_start\"");
}

void add_http(PrometheusText& page, const http::Stats& stats) {
  page.family("http_connections", Type::kGauge, "Open connections.");
  page.sample(stats.connections_open);
  page.family("http_connections_accepted_total", Type::kCounter, "Connections accepted.");
  page.sample(stats.connections_accepted);
  page.family("http_connections_refused_total", Type::kCounter,
              "Connections over RUN__MAX_CONNECTIONS.");
  page.sample(stats.connections_refused);
  page.family("http_connections_expired_total", Type::kCounter,
              "Connections idle, stalled or lingering too long.");
  page.sample(stats.connections_expired);
  page.family("http_connections_evicted_total", Type::kCounter,
              "Connections closed to make room for others.");
  page.sample(stats.connections_evicted);
  page.family(
      "http_unfinished_bytes", Type::kGauge,
      "Memory of requests that are not whole and of answers that are not read; the limit is "
      "RUN__MAX_UNFINISHED_BYTES.");
  page.sample(stats.unfinished_bytes);
  page.family(
      "http_accept_pauses_total", Type::kCounter,
      "Times no connection could be accepted for lack of descriptors or memory; tried again "
      "within a second.");
  page.sample(stats.accept_pauses);
  page.family("http_requests_total", Type::kCounter, "Requests handed to a handler.");
  page.sample(stats.requests);
  page.family("http_responses_total", Type::kCounter, "Responses, by class of status.");
  for (std::size_t i = 1; i < stats.responses.size(); ++i) {
    page.sample(stats.responses[i], fmt::format("status=\"{}xx\"", i));
  }
  page.family(
      "http_refused_requests_total", Type::kCounter,
      "Requests refused before there was an event, by reason; not in events_received_total.");
  for (std::size_t i = 0; i < stats.refusals.size(); ++i) {
    page.sample(stats.refusals[i],
                fmt::format("reason=\"{}\"", http::refusal_label(static_cast<http::Refusal>(i))));
  }
  page.family("http_answers_expired_total", Type::kCounter,
              "Answers given up because RUN__ACK_TIMEOUT passed.");
  page.sample(stats.promises_expired);
  page.family("http_answers_unread_total", Type::kCounter, "Answers whose client had gone.");
  page.sample(stats.promises_lost);
  page.family("http_received_bytes_total", Type::kCounter, "Bytes read from clients.");
  page.sample(stats.bytes_in);
  page.family("http_sent_bytes_total", Type::kCounter, "Bytes sent to clients.");
  page.sample(stats.bytes_out);
  page.family("http_request_seconds", Type::kHistogram,
              "Time from a request's last byte to its answer.");
  page.histogram(stats.latency_micros, kSecondsPerMicro);
}

}  // namespace

std::string metrics_text(const Measured& measured) {
  PrometheusText page;
  add_accounting(page, measured.delivery);
  add_delivery(page, measured);
  add_sink(page, measured);
  if (measured.delivery.spool) add_spool(page, measured.delivery);
  page.family("event_unknown_keys_total", Type::kCounter,
              "Top-level keys of events that mean nothing here.");
  page.sample(measured.collector.unknown_keys);
  page.family("event_numbers_kept_total", Type::kCounter,
              "Numbers of events that their column cannot hold, kept as parameters.");
  page.sample(measured.collector.kept_numbers);
  page.family("event_times_replaced_total", Type::kCounter,
              "Times of clients that the server's time replaced, by reason.");
  page.sample(measured.collector.times_unread, "reason=\"unreadable\"");
  page.sample(measured.collector.times_implausible, "reason=\"implausible\"");
  add_ga4(page, measured.collector.ga4);
  page.family("visitors_new_total", Type::kCounter, "Events that came without a visitor cookie.");
  page.sample(measured.collector.new_visitors);
  page.family("device_lookups_total", Type::kCounter,
              "User agents looked up, by whether the answer was remembered.");
  page.sample(measured.collector.devices_cached, "answer=\"cached\"");
  page.sample(measured.collector.devices_detected, "answer=\"detected\"");
  add_http(page, measured.http);
  page.family("log_lines_dropped_total", Type::kCounter,
              "Log lines that nobody read, or that Cloud Logging did not take in time.");
  page.sample(obs::log_lines_dropped());
  page.family("build_info", Type::kGauge, "Always 1; the labels say what runs.");
  page.sample(std::uint64_t{1},
              fmt::format("version=\"{}\",commit=\"{}\"", measured.version, measured.commit));
  return page.text();
}

}  // namespace rs::pages
