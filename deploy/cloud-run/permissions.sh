#!/bin/sh
# The service account that the server runs as, with no more rights than its strategy needs.
#
#   PROJECT_ID=... STRATEGY=direct DATASET_ID=web sh permissions.sh
#   PROJECT_ID=... STRATEGY=pubsub TOPIC_ID=events sh permissions.sh
set -eu

ACCOUNT=real-streaming@$PROJECT_ID.iam.gserviceaccount.com
gcloud iam service-accounts create real-streaming --project="$PROJECT_ID"

case $STRATEGY in
  direct)
    # Creates and changes the table, and writes rows; of this dataset alone.
    bq query --project_id="$PROJECT_ID" --use_legacy_sql=false \
      "GRANT \`roles/bigquery.dataEditor\` ON SCHEMA \`$PROJECT_ID.$DATASET_ID\` TO 'serviceAccount:$ACCOUNT'"
    ;;
  pubsub)
    # Publishes, and looks at the start whether the topic is there.
    for role in roles/pubsub.publisher roles/pubsub.viewer; do
      gcloud pubsub topics add-iam-policy-binding "$TOPIC_ID" --project="$PROJECT_ID" \
        --member="serviceAccount:$ACCOUNT" --role="$role"
    done
    ;;
  *)
    echo "STRATEGY is direct or pubsub, not $STRATEGY" >&2
    exit 2
    ;;
esac

# Cloud Run and GKE collect standard output as they are. A virtual machine's Ops Agent writes with this account:
gcloud projects add-iam-policy-binding "$PROJECT_ID" --member="serviceAccount:$ACCOUNT" \
  --role=roles/logging.logWriter --condition=None
