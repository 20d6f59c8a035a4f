#include "app/pipeline.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/environment.h"
#include "bigquery/ledger.h"
#include "bigquery/sink.h"
#include "bigquery/table.h"
#include "delivery/marks.h"
#include "google/credentials.h"
#include "pubsub/sink.h"
#include "sink/discard_sink.h"
#include "spool/segment_header.h"

namespace rs::app {
namespace {

// One commit of 20,480 rows of up to 1.6 KB; and from the spool as much again is in memory while
// one is written, so that the next is as large.
constexpr std::size_t kLocalBatchBytes = 32 * 1024 * 1024;

delivery::BatchLimits limits_of(const settings::Settings::Writers& writers) {
  delivery::BatchLimits limits;
  limits.held_rows = writers.bq.max_queue_size;
  limits.held_bytes = writers.max_queue_bytes;
  switch (writers.strategy) {
    case settings::Strategy::kLocal:
      limits.batch_rows = writers.local.max_batch_size;
      limits.batch_bytes = kLocalBatchBytes;
      limits.spooled_bytes = 2 * kLocalBatchBytes;
      limits.linger = writers.local.flush_interval;
      break;
    case settings::Strategy::kPubsub:
      limits.batch_rows = writers.pubsub.max_batch_size;
      limits.batch_bytes = writers.pubsub.max_bytes;
      limits.linger = writers.pubsub.flush_interval;
      break;
    case settings::Strategy::kDirect:
    case settings::Strategy::kDiscard:
      limits.batch_rows = writers.bq.max_batch_size;
      limits.linger = writers.bq.flush_interval;
      break;
  }
  return limits;
}

bigquery::BigQuerySettings bigquery_settings(const settings::Settings::Writers& writers) {
  bigquery::BigQuerySettings bigquery;
  bigquery.project = writers.project_id;
  bigquery.dataset = writers.bq.dataset_id;
  bigquery.table = writers.bq.table_id;
  bigquery.delivery = writers.bq.delivery;
  bigquery.rest_emulator = environment("BIGQUERY_EMULATOR_HOST");
  bigquery.storage_emulator = environment("BIGQUERY_STORAGE_EMULATOR_HOST");
  bigquery.connections_max = writers.bq.max_connections;
  bigquery.request_bytes_max = writers.bq.max_request_bytes;
  bigquery.answer_timeout = writers.bq.answer_timeout;
  bigquery.keepalive_time = writers.bq.keepalive;
  return bigquery;
}

pubsub::PubSubSettings pubsub_settings(const settings::Settings::Writers& writers) {
  pubsub::PubSubSettings pubsub;
  pubsub.project = writers.project_id;
  pubsub.topic = writers.pubsub.topic_id;
  pubsub.create_topic = writers.pubsub.create_topic;
  pubsub.ordering = writers.pubsub.ordering;
  pubsub.emulator = environment("PUBSUB_EMULATOR_HOST");
  pubsub.request_bytes_max = writers.pubsub.max_bytes;
  pubsub.publish_timeout = writers.pubsub.publish_timeout;
  if (!writers.bq.table_id.empty()) {
    const auto table = bigquery_settings(writers);
    pubsub.table = {.needs_tokens = table.rest_emulator.empty(),
                    .ensure = [table](std::shared_ptr<google::TokenSource> tokens,
                                      const std::stop_token& stop) {
                      return bigquery::BigQueryTable(table, std::move(tokens)).ensure(stop);
                    }};
  }
  return pubsub;
}

std::filesystem::path spool_folder(const settings::Settings& settings) {
  return std::filesystem::path(settings.writers.data_dir) / "spool";
}

// Where BigQuery's sink remembers what it has stored of the spool,
std::filesystem::path ledger_of(const settings::Settings& settings) {
  return spool_folder(settings) / "ledger";
}

// if it must.
bool needs_ledger(const settings::Settings::Writers& writers) {
  return writers.strategy == settings::Strategy::kDirect &&
         writers.ack == settings::Ack::kSpooled &&
         writers.bq.delivery == bigquery::BigQueryDelivery::kExactlyOnce;
}

std::unique_ptr<bigquery::StreamLedger> make_ledger(const settings::Settings& settings,
                                                    spool::Disk& disk) {
  // Marks are positions in the spool: with a segment that is gone go all before it.
  auto exists = [folder = spool_folder(settings)](sink::Mark mark) {
    std::error_code error;
    return std::filesystem::exists(
        folder / spool::segment_name(delivery::position_of(mark).segment), error);
  };
  const bool durable = settings.spool.sync == settings::SpoolSync::kDisk;
  return std::make_unique<bigquery::StreamLedger>(ledger_of(settings), durable, disk,
                                                  std::move(exists));
}

std::unique_ptr<sink::Sink> make_sink(const settings::Settings& settings, Pipeline::For rows,
                                      spool::Disk& disk) {
  const auto& writers = settings.writers;
  switch (writers.strategy) {
    case settings::Strategy::kLocal:
      return std::make_unique<duckdb::LocalSink>(
          writers.data_dir, duckdb::LocalStoreLimits{.memory_bytes = settings.local.memory_limit});
    case settings::Strategy::kDirect: {
      const bool with_ledger = rows == Pipeline::For::kClients && needs_ledger(writers);
      return std::make_unique<bigquery::BigQuerySink>(
          bigquery_settings(writers),
          [](const std::stop_token& stop) {
            return google::find_credentials(google::CredentialPlaces::of_environment(), stop);
          },
          with_ledger ? make_ledger(settings, disk) : nullptr);
    }
    case settings::Strategy::kPubsub:
      return std::make_unique<pubsub::PubSubSink>(
          pubsub_settings(writers), [](const std::stop_token& stop) {
            return google::find_credentials(google::CredentialPlaces::of_environment(), stop);
          });
    case settings::Strategy::kDiscard:
      break;
  }
  return std::make_unique<sink::DiscardSink>();
}

// What the last process left is delivered even when new rows go another way.
std::unique_ptr<spool::Spool> spool_of(const settings::Settings& settings, spool::Disk& disk) {
  spool::SpoolSettings spool;
  spool.folder = spool_folder(settings);
  std::error_code error;
  if (settings.writers.ack != settings::Ack::kSpooled &&
      !std::filesystem::exists(spool.folder, error)) {
    return nullptr;
  }
  spool.sync = settings.spool.sync == settings::SpoolSync::kDisk ? spool::Sync::kDisk
                                                                 : spool::Sync::kProcess;
  spool.limits.max_bytes = settings.spool.max_bytes;
  spool.waiting_rows = settings.writers.bq.max_queue_size;
  spool.waiting_bytes = std::min(spool.waiting_bytes, settings.writers.max_queue_bytes);
  return std::make_unique<spool::Spool>(std::move(spool), disk);
}

}  // namespace

Pipeline::Pipeline(DataFolder folder, const settings::Settings& settings, For rows)
    : folder_(std::move(folder)),
      sink_(make_sink(settings, rows, disk_)),
      dead_letters_(disk_, std::filesystem::path(settings.writers.data_dir) / "dead-letters",
                    settings.dead_letters.max_bytes) {
  if (auto* local = dynamic_cast<duckdb::LocalSink*>(sink_.get())) local_store_ = &local->store();
  delivery::BatchLimits limits = limits_of(settings.writers);
  if (rows == For::kClients) spool_ = spool_of(settings, disk_);
  if (spool_ != nullptr)
    limits.batch_bytes = std::min(limits.batch_bytes, limits.spooled_bytes / 2);
  const delivery::Spooling spooling{spool_.get(),
                                    spool_ && settings.writers.ack == settings::Ack::kSpooled};
  delivery_ = std::make_unique<delivery::Delivery>(*sink_, dead_letters_, limits,
                                                   delivery::RetryLimits{}, spooling);
}

Result<std::unique_ptr<Pipeline>> Pipeline::start(const settings::Settings& settings, For rows,
                                                  delivery::Delivery::FirstOpening first_opening) {
  auto folder = DataFolder::claim(settings.writers.data_dir);
  if (!folder) return tl::unexpected(folder.error());
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(*folder), settings, rows));
  if (pipeline->spool_ != nullptr) {
    if (auto opened = pipeline->spool_->open(); !opened) return tl::unexpected(opened.error());
    // Not kept up, it would say less than was stored later.
    std::error_code ignored;
    if (!needs_ledger(settings.writers)) std::filesystem::remove(ledger_of(settings), ignored);
  }
  pipeline->delivery_->start(std::move(first_opening));
  return pipeline;
}

}  // namespace rs::app
