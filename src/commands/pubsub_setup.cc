#include "commands/pubsub_setup.h"

#include <fmt/format.h>

#include "pubsub/settings.h"

namespace rs::commands {
namespace {

// Attempts before a message goes to the dead-letter topic: the least that Pub/Sub lets one set
// is 5. Schema errors are tried without a pause (cloud.google.com/pubsub/docs/bigquery), so that
// more would only cost time.
constexpr int kDeliveryAttempts = 5;

std::string topic_commands(const std::string& project, const std::string& topic) {
  return fmt::format(
      R"(# 1. The topic
gcloud services enable pubsub.googleapis.com --project={0}
gcloud pubsub topics create {1} --project={0}

# 2. What real-streaming may do there. ACCOUNT is the service account that it runs as.
ACCOUNT=real-streaming@{0}.iam.gserviceaccount.com
gcloud pubsub topics add-iam-policy-binding {1} --project={0} --member="serviceAccount:$ACCOUNT" --role=roles/pubsub.publisher
gcloud pubsub topics add-iam-policy-binding {1} --project={0} --member="serviceAccount:$ACCOUNT" --role=roles/pubsub.viewer
)",
      project, topic);
}

std::string table_commands(const std::string& project, const settings::Settings::Writers::Bq& bq) {
  return fmt::format(
      R"(
# 3. The table. Choose the dataset's location: it cannot be changed later.
gcloud services enable bigquery.googleapis.com --project={0}
bq --location=EU mk --dataset {0}:{1}
real-streaming print-schema --format bigquery > schema.json
bq mk --table --schema=schema.json --time_partitioning_type=DAY --time_partitioning_field=date --clustering_fields=user_pseudo_id,event_name {0}:{1}.{2}
# real-streaming compares the table at its start, creates it when it is missing, and adds columns of later versions:
gcloud projects add-iam-policy-binding {0} --member="serviceAccount:$ACCOUNT" --role=roles/bigquery.dataEditor --condition=None
)",
      project, bq.dataset_id, bq.table_id);
}

std::string subscription_commands(const std::string& project,
                                  const settings::Settings::Writers& writers) {
  const bool is_ordered = writers.pubsub.ordering == pubsub::PubSubOrdering::kUser;
  return fmt::format(
      R"(
# 4. Pub/Sub's own account writes to the table and passes on what does not fit there
AGENT=service-$(gcloud projects describe {0} --format='value(projectNumber)')@gcp-sa-pubsub.iam.gserviceaccount.com
gcloud projects add-iam-policy-binding {0} --member="serviceAccount:$AGENT" --role=roles/bigquery.dataEditor --condition=None
gcloud projects add-iam-policy-binding {0} --member="serviceAccount:$AGENT" --role=roles/bigquery.metadataViewer --condition=None

# 5. The dead-letter topic, and a subscription that keeps what comes there
gcloud pubsub topics create {1}-dead-letters --project={0}
gcloud pubsub subscriptions create {1}-dead-letters --project={0} --topic={1}-dead-letters --message-retention-duration=7d --expiration-period=never
gcloud pubsub topics add-iam-policy-binding {1}-dead-letters --project={0} --member="serviceAccount:$AGENT" --role=roles/pubsub.publisher

# 6. The BigQuery subscription
gcloud pubsub subscriptions create {1}-bigquery --project={0} --topic={1} --bigquery-table={0}:{2}.{3} --use-table-schema --write-metadata{4} --dead-letter-topic={1}-dead-letters --max-delivery-attempts={5} --expiration-period=never
gcloud pubsub subscriptions add-iam-policy-binding {1}-bigquery --project={0} --member="serviceAccount:$AGENT" --role=roles/pubsub.subscriber
)",
      project, writers.pubsub.topic_id, writers.bq.dataset_id, writers.bq.table_id,
      is_ordered ? " --enable-message-ordering" : "", kDeliveryAttempts);
}

// What `load` reads, for those who set its id.
std::string load_commands(const std::string& project,
                          const settings::Settings::Writers::Pubsub& pubsub) {
  return fmt::format(
      R"(
# 7. The subscription that `real-streaming load` reads, in place of 4 to 6 or beside them
gcloud pubsub subscriptions create {2} --project={0} --topic={1} --ack-deadline={3} --message-retention-duration=7d --expiration-period=never{4}
gcloud pubsub subscriptions add-iam-policy-binding {2} --project={0} --member="serviceAccount:$ACCOUNT" --role=roles/pubsub.subscriber
)",
      project, pubsub.topic_id, pubsub.subscription_id, pubsub.ack_deadline.count(),
      pubsub.ordering == pubsub::PubSubOrdering::kUser ? " --enable-message-ordering" : "");
}

}  // namespace

std::string pubsub_setup(const settings::Settings::Writers& writers) {
  return topic_commands(writers.project_id, writers.pubsub.topic_id) +
         table_commands(writers.project_id, writers.bq) +
         subscription_commands(writers.project_id, writers) +
         (writers.pubsub.subscription_id.empty()
              ? std::string()
              : load_commands(writers.project_id, writers.pubsub));
}

}  // namespace rs::commands
