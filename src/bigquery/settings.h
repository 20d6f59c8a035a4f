#pragma once
// What the BigQuery sink is told. Plain data; names and defaults of what an operator may set stand
// in settings/table.cc.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rs::bigquery {

// The order of the words in settings/table.cc.
enum class BigQueryDelivery : std::uint8_t {
  kAtLeastOnce,  // The table's default stream, over as many connections as the load needs.
  kExactlyOnce,  // One stream of this process's own, with offsets.
};

// With kExactlyOnce, requests without an answer: each failure costs what is in flight behind it, so
// less than the whole window. 500 rows a request and 50 ms make 480,000 rows a second.
inline constexpr std::size_t kOffsetWindow = 48;

struct BigQuerySettings {
  std::string project, dataset, table;
  BigQueryDelivery delivery = BigQueryDelivery::kAtLeastOnce;

  // Test servers, host:port; empty for Google's own.
  std::string rest_emulator, storage_emulator;

  // On one connection without an answer. Throughput is at most window * batch / round trip.
  std::size_t window_requests = 64;
  std::size_t window_bytes = 64 * 1024 * 1024;
  std::size_t connections_max = 10;  // With kAtLeastOnce.
  // Rows in one request; the service takes 10 MB by its older, 20 MB by its newer documents.
  std::size_t request_bytes_max = 9'000'000;

  // A request without an answer for this long: the connection is given up.
  std::chrono::milliseconds answer_timeout{300'000};
  std::chrono::milliseconds keepalive_time{60'000}, keepalive_timeout{20'000};
  // A further connection is opened when all are this long over a fifth of their window, and one is
  // closed when it was this long under a twentieth.
  std::chrono::milliseconds grow_after{2'000}, shrink_after{60'000};
  // How long a table may deny access after it was seen or made before that counts as intended.
  std::chrono::milliseconds denied_max{120'000};
  // Between two attempts to make a stream, with kExactlyOnce: 10,000 an hour are allowed.
  std::chrono::milliseconds stream_each{1'000};

  // "projects/P/datasets/D/tables/T"
  [[nodiscard]] std::string table_path() const {
    return "projects/" + project + "/datasets/" + dataset + "/tables/" + table;
  }
  // "P:D.T", as the tools write it.
  [[nodiscard]] std::string table_name() const { return project + ":" + dataset + "." + table; }
};

}  // namespace rs::bigquery
