// real-streaming print-setup: the commands that make Google Cloud ready for this configuration.

#include <memory>
#include <string>

#include <fmt/core.h>

#include "commands/command_line.h"
#include "commands/pubsub_setup.h"

namespace rs::commands {
namespace {

// What a person still has to fill in stands in capitals.
settings::Settings::Writers named(settings::Settings::Writers writers) {
  const auto name = [](std::string& setting, const char* otherwise) {
    if (setting.empty()) setting = otherwise;
  };
  name(writers.project_id, "PROJECT_ID");
  name(writers.bq.dataset_id, "DATASET_ID");
  name(writers.bq.table_id, "TABLE_ID");
  name(writers.pubsub.topic_id, "TOPIC_ID");
  return writers;
}

std::string direct_setup(const settings::Settings::Writers& writers) {
  return fmt::format(
      R"(# What direct streaming into BigQuery needs. Run it once, with an account that may do all this.

gcloud services enable bigquery.googleapis.com bigquerystorage.googleapis.com --project {project}

# The dataset; the location cannot be changed later.
bq --location=EU mk --dataset {project}:{dataset}

# The account that the server runs as, and its role on the dataset's project.
gcloud iam service-accounts create real-streaming --project {project}
gcloud projects add-iam-policy-binding {project} \
  --member=serviceAccount:real-streaming@{project}.iam.gserviceaccount.com \
  --role=roles/bigquery.dataEditor

# On Cloud Run: deploy with --service-account real-streaming@{project}.iam.gserviceaccount.com
# Elsewhere: a key file, which GOOGLE_APPLICATION_CREDENTIALS then names.
gcloud iam service-accounts keys create key.json \
  --iam-account real-streaming@{project}.iam.gserviceaccount.com

# The server makes the table {dataset}.{table} itself. To make it by hand instead:
real-streaming print-schema --format bigquery > schema.json
bq mk --table --schema schema.json --time_partitioning_type DAY --time_partitioning_field date \
  --clustering_fields user_pseudo_id,event_name {project}:{dataset}.{table}
)",
      fmt::arg("project", writers.project_id), fmt::arg("dataset", writers.bq.dataset_id),
      fmt::arg("table", writers.bq.table_id));
}

}  // namespace

void add_print_setup(const Command& root, CommandLine& line) {
  const Command command =
      root.add("print-setup", "Print the gcloud and bq commands that this configuration needs");
  auto strategy = std::make_shared<std::string>();
  command.choice("strategy", *strategy,
                 "direct: BigQuery's Storage Write API; pubsub: a topic, and a BigQuery "
                 "subscription that fills the table",
                 {"direct", "pubsub"}, Need::kRequired);
  command.footer(
      "Names come from the settings; what is not set stands in capitals.\n"
      "\n"
      "Example:\n"
      "  WRITERS__PROJECT_ID=my-project-1 real-streaming print-setup direct");
  command.runs([&line, strategy] {
    // Settings that lack something are what this command is for, so mistakes do not stop it.
    const settings::Reading reading = settings::read_settings(line.sources);
    const auto writers = named(reading.settings.writers);
    fmt::print(line.out, "{}",
               *strategy == "direct" ? direct_setup(writers) : pubsub_setup(writers));
    return kFine;
  });
}

}  // namespace rs::commands
