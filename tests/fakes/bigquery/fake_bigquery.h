#pragma once
// A BigQuery of our own, for tests: REST (datasets, tables, jobs in a small form, tokens) and the
// gRPC Storage Write API with the real service's rules as ../shared/reference/bigquery.md has them,
// on two loopback ports, with faults on command. tests/fakes/README.md says how to use it, and the
// program fake-bigquery is the same for people and scripts.
//
//   auto fake = FakeBigQuery::start().value();
//   fake->create_dataset("p", "d");
//   setenv BIGQUERY_EMULATOR_HOST=fake->rest_address(),
//   BIGQUERY_STORAGE_EMULATOR_HOST=fake->grpc_address()
//   ... the writer under test ...
//   EXPECT_EQ(fake->rows({"p", "d", "events"}).size(), 3);
//
// Thread-safe. Rows are stored when their request is read and in that order, whatever the delay of
// the answer. Everything is in memory, unless a file is named. No gRPC and no protobuf in this
// header.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "fakes/bigquery/fault.h"

namespace rs::fakes {

struct TableName {
  std::string project, dataset, table;
  auto operator<=>(const TableName&) const = default;
};

enum class KeptRows : std::uint8_t {
  kAll,   // Readable back.
  kIds,   // Only the value of `id_column`, in order of storing: 1,000,000 UUIDs are 90 MB.
  kNone,  // Checked and counted.
};

struct FakeBigQueryOptions {
  std::uint16_t rest_port = 0, grpc_port = 0;  // 0: the system chooses.
  KeptRows keep = KeptRows::kAll;
  std::string store;  // A DuckDB file for all that is kept; "" for memory. Needs KeptRows::kAll.
  std::string id_column = "event_id";          // Top-level, STRING or INT64.
  std::chrono::milliseconds ack_delay{0};      // From reading a request to its answer.
  std::size_t request_bytes_max = 20'000'000;  // Of an AppendRows request, bigquery.md 1.2.
  std::size_t row_errors_max = 0;              // Named in one answer; 0 names all.
  std::string bad_row_marker;                  // A row whose bytes contain this is refused.
  unsigned fresh_table_denials = 0;  // So many first appends to a new table say PERMISSION_DENIED.
  bool require_token = false;  // Calls without a token of POST /token, or a JWT in date, fail.
  std::chrono::seconds token_lifetime{3600};
  std::uint64_t seed = 1;         // Of the chance in faults.
  int min_ping_interval_ms = 10;  // Keepalive pings this often are put up with.
  // The oldest a connection gets: then GOAWAY, and its calls are cut `connection_grace` later. 0:
  // no limit. gRPC adds up to 10 % to the age.
  std::chrono::milliseconds connection_age{0}, connection_grace{0};
};

struct FakeBigQueryStats {
  std::uint64_t connections = 0;       // AppendRows calls ever opened,
  std::uint64_t connections_open = 0;  // and open now.
  std::uint64_t requests = 0;          // AppendRows requests read.
  std::uint64_t requests_stored = 0;   // Of these, whose rows were stored.
  std::uint64_t acks = 0;              // Results sent; an answer that a fault swallows is not.
  std::uint64_t errors = 0;            // Error answers sent.
  std::uint64_t rows_received = 0;
  std::uint64_t rows_stored = 0;     // In all tables, duplicates too.
  std::uint64_t rows_blamed = 0;     // In row_errors.
  std::uint64_t bytes_received = 0;  // Of AppendRows requests.
  std::uint64_t rest_requests = 0;
  std::uint64_t tokens = 0;                     // Handed out.
  std::map<std::string, std::uint64_t> faults;  // Done, by name.
};

// One AppendRows request as it was read. The newest 100,000 are kept.
struct SeenRequest {
  std::uint64_t connection = 0;  // Numbered from 1.
  std::string stream;            // Full name.
  std::int64_t offset = -1;      // -1: not set.
  std::size_t rows = 0;
  bool has_schema = false;
  std::string trace_id;
  std::string routing;  // Header x-goog-request-params of the connection.
  bool stored = false;
};

class FakeBigQuery {
 public:
  [[nodiscard]] static Result<std::unique_ptr<FakeBigQuery>> start(
      FakeBigQueryOptions options = {});
  ~FakeBigQuery();
  FakeBigQuery(const FakeBigQuery&) = delete;
  FakeBigQuery& operator=(const FakeBigQuery&) = delete;

  [[nodiscard]] std::string rest_address() const;  // "127.0.0.1:39211", for BIGQUERY_EMULATOR_HOST.
  [[nodiscard]] std::string grpc_address() const;  // For BIGQUERY_STORAGE_EMULATOR_HOST.
  [[nodiscard]] std::string token_url() const;     // "http://127.0.0.1:39211/token": a token_uri.

  // What exists. The JSON of a table is the REST resource, or only its list of fields.
  void create_dataset(const std::string& project, const std::string& dataset,
                      const std::string& location = "US");
  [[nodiscard]] Result<void> create_table(const TableName& name, std::string_view json);
  [[nodiscard]] Result<void> patch_table(const TableName& name, std::string_view json);
  void delete_table(const TableName& name);
  [[nodiscard]] std::optional<std::string> table(const TableName& name) const;  // As tables.get.

  // While held, the write side knows a table only as it was: a writer with a new column gets
  // SCHEMA_MISMATCH_EXTRA_FIELDS, and no answer carries updated_schema.
  void hold_schema_changes(bool hold);

  void add_fault(Fault fault);
  void clear_faults();

  // While held, no append is answered; then all are, in order. Rows are stored meanwhile.
  void hold_answers(bool hold);
  // The gRPC side goes away (GOAWAY, open calls are cut after `grace`) and comes back on its port.
  void stop_grpc(std::chrono::milliseconds grace = {});
  [[nodiscard]] Result<void> start_grpc();
  // Tokens handed out so far are no longer good.
  void expire_tokens();

  [[nodiscard]] FakeBigQueryStats stats() const;
  [[nodiscard]] std::vector<SeenRequest> requests() const;
  // Until `holds` is true of the stats; false after `limit`.
  [[nodiscard]] bool wait_for(const std::function<bool(const FakeBigQueryStats&)>& holds,
                              std::chrono::milliseconds limit = std::chrono::seconds(10)) const;

  // Visible rows in the order of storing, as JSON objects: keys in column order, NULL and empty
  // lists left out, int64 as numbers with all digits, DATE "2026-01-15", TIMESTAMP
  // "2026-01-15T10:30:45.123456Z", JSON columns embedded: what row::append_json() writes.
  [[nodiscard]] std::vector<std::string> rows(const TableName& name) const;
  [[nodiscard]] std::uint64_t row_count(const TableName& name) const;
  // KeptRows::kIds: the ids in the order of storing.
  [[nodiscard]] std::vector<std::string> ids(const TableName& name) const;
  // Names of the streams made by CreateWriteStream, oldest first.
  [[nodiscard]] std::vector<std::string> streams() const;

 private:
  struct Parts;
  explicit FakeBigQuery(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace rs::fakes
