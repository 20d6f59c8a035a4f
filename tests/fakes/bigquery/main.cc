// fake-bigquery: the fake as a program.

#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "fakes/bigquery/fake_bigquery.h"

namespace {

constexpr const char* kAbout =
    "A BigQuery of our own on loopback: REST and the gRPC Storage Write API, with faults on\n"
    "command. For people and scripts; nothing of it goes to Google.\n";

constexpr const char* kMore = R"(
Point a client at it:
  real-streaming     BIGQUERY_EMULATOR_HOST=REST BIGQUERY_STORAGE_EMULATOR_HOST=GRPC
  bq                 bq --oauth_access_token=any --api http://REST --project_id=P ls D
  Node               new BigQuery({projectId, apiEndpoint: 'http://REST', authClient})
                     new WriterClient({projectId, apiEndpoint: '127.0.0.1', port, sslCreds: createInsecure()})
Look at it:
  curl REST/fake/tables/P/D/T/rows   the rows as JSON, one a line; ?start= and ?count= for some
  curl REST/fake/stats               counts; REST/fake/requests: the last appends one by one
  duckdb FILE                        with --store FILE, once this has ended:
                                     SELECT row->>'event_name' FROM rows
Make it fail:
  curl REST/fake/faults              the names there are
  curl -d '{"fault":"unavailable","apply":true,"probability":0.02,"times":0}' REST/fake/faults
                                     2 % of the appends end the call after their rows were stored
  curl -X DELETE REST/fake/faults    no more of that
  curl -d '{"answers":true}' REST/fake/hold        answers wait until {"answers":false}
  curl -X POST REST/fake/expire_tokens             tokens handed out by REST/token are void
)";

}  // namespace

int main(int argc, char** argv) try {
  using rs::fakes::KeptRows;
  rs::fakes::FakeBigQueryOptions options;
  std::string dataset;
  long ack_delay = 0;
  CLI::App app(kAbout);
  app.footer(kMore);
  app.add_option("--rest-port", options.rest_port, "Port for REST; 0 lets the system choose")
      ->capture_default_str();
  app.add_option("--grpc-port", options.grpc_port, "Port for gRPC; 0 lets the system choose")
      ->capture_default_str();
  app.add_option("--dataset", dataset, "A dataset to begin with, as PROJECT.DATASET");
  const std::map<std::string, KeptRows> kept{
      {"all", KeptRows::kAll}, {"ids", KeptRows::kIds}, {"none", KeptRows::kNone}};
  app.add_option("--keep", options.keep,
                 "What of a row is kept: all, ids (the value of event_id), none (it is checked)")
      ->transform(CLI::CheckedTransformer(kept, CLI::ignore_case));
  app.add_option("--store", options.store,
                 "A DuckDB file that keeps datasets, tables and rows; without it they end with the "
                 "program");
  app.add_option("--ack-delay-ms", ack_delay, "From reading an append to its answer")
      ->capture_default_str();
  app.add_flag("--require-token", options.require_token,
               "Refuse calls without a token of /token or a JWT in date");
  CLI11_PARSE(app, argc, argv);
  options.ack_delay = std::chrono::milliseconds(ack_delay);

  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops,
                  nullptr);  // Before threads begin, so that only sigwait takes them.

  auto fake = rs::fakes::FakeBigQuery::start(options);
  if (!fake) {
    std::fprintf(stderr, "fake-bigquery: %s\n", fake.error().message.c_str());
    return 1;
  }
  if (const auto dot = dataset.find('.'); dot != std::string::npos) {
    (*fake)->create_dataset(dataset.substr(0, dot), dataset.substr(dot + 1));
  }
  std::printf("REST http://%s\ngRPC %s\n", (*fake)->rest_address().c_str(),
              (*fake)->grpc_address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stops, &signal);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "fake-bigquery: %s\n", error.what());
  return 1;
}
