#pragma once
// Everything that can be set, as typed values. What each is called, its default, range and help
// stand in settings_table.cc and nowhere else: a Settings is only ever made by read_settings(),
// which fills every field. Plain data; read-only once the program runs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bigquery/settings.h"
#include "collect/cookie.h"
#include "pubsub/settings.h"

namespace rs::settings {

// The order of the words in settings_table.cc.
enum class Strategy : std::uint8_t { kLocal, kDirect, kPubsub, kDiscard };
enum class Ack : std::uint8_t { kReceived, kSpooled, kDelivered };
enum class LogTarget : std::uint8_t { kStdout, kCloud };
enum class SpoolSync : std::uint8_t { kDisk, kProcess };
using bigquery::BigQueryDelivery;
using collect::SameSite;
using pubsub::PubSubOrdering;

struct Settings {
  using Duration = std::chrono::milliseconds;

  std::string environment;

  struct Logging {
    LogTarget target;
  } logging;

  struct Run {
    std::string host;  // An IP address.
    std::uint16_t port;
    std::size_t threads;
    std::size_t max_head_bytes, max_body_bytes;
    std::size_t max_events;  // In one request.
    std::size_t max_unfinished_bytes;
    std::size_t max_connections;
    Duration header_timeout, body_timeout, idle_timeout, ack_timeout;
    Duration shutdown;
    std::vector<std::string> trusted_proxies;  // Addresses, networks, `loopback`, `private`.
  } run;

  struct Api {
    // Each is empty or begins with '/', and none ends with one.
    std::string prefix;
    struct V1 {
      std::string prefix, streaming, fetch;
    } v1;
    std::string static_dir;  // Empty: the tracker inside the program.

    // POST {this}/{stream_id}
    [[nodiscard]] std::string streaming_path() const { return prefix + v1.prefix + v1.streaming; }
    // GET {this}/v6.js
    [[nodiscard]] std::string fetch_path() const { return prefix + v1.prefix + v1.fetch; }
  } api;

  struct Ga4 {
    std::vector<std::string> paths;  // Each begins with '/', and none ends with one.
  } ga4;

  struct Writers {
    Strategy strategy;
    Ack ack;
    std::string data_dir;
    std::string project_id;
    std::size_t max_queue_bytes;
    struct Local {
      std::size_t max_batch_size;
      Duration flush_interval;
    } local;
    struct Bq {
      std::string dataset_id, table_id;
      Duration flush_interval;
      std::size_t max_batch_size;
      BigQueryDelivery delivery;
      std::size_t max_connections;
      std::size_t max_request_bytes;
      Duration answer_timeout, keepalive;
      std::size_t max_queue_size;  // For every strategy: rows held before clients are refused.
    } bq;
    struct Pubsub {
      std::string topic_id, subscription_id;
      bool create_topic;
      PubSubOrdering ordering;
      std::size_t max_bytes;
      Duration publish_timeout;
      std::size_t max_batch_size;
      Duration flush_interval;
      // Of `load`.
      std::size_t max_held_messages, max_held_bytes;
      std::chrono::seconds ack_deadline;
    } pubsub;
  } writers;

  struct Local {
    std::uint64_t memory_limit;
  } local;

  struct Spool {
    SpoolSync sync;
    std::uint64_t max_bytes;
  } spool;

  struct DeadLetters {
    std::uint64_t max_bytes;
  } dead_letters;

  struct Limits {
    std::size_t items, params, item_params;  // Elements of one event.
    std::size_t decode_ratio;                // Of a compressed body.
  } limits;

  struct Cors {
    std::vector<std::string> allowed_origins;  // Lower-case, without a default port; perhaps `*`.
    bool allow_credentials;
    std::vector<std::string> allow_methods, allow_headers;
  } cors;

  struct Device {
    std::string database;  // A path; `none`: nothing is detected. Empty: beside the program.
    std::size_t cache_entries;
    bool accept_hints, critical_hints;
  } device;

  struct Cookie {
    std::string name;
    std::string domain;  // Empty: by the Public Suffix List, from the host of the request.
    std::chrono::seconds max_age;
    bool secure, http_only;
    SameSite same_site;
  } cookie;

  // QA prints for people; everything else is production.
  [[nodiscard]] bool is_qa() const { return environment == "QA"; }
};

}  // namespace rs::settings
