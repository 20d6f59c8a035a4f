#!/bin/sh
# An external Application Load Balancer in front of the Cloud Run service: an own domain (which makes the visitor
# cookie first-party), and the visitor's country, state and city in headers.
#
#   PROJECT_ID=... REGION=... SERVICE=real-streaming DOMAIN=collect.example.com sh load-balancer.sh
set -eu

gcloud config set project "$PROJECT_ID"
gcloud compute addresses create "$SERVICE-ip" --global
gcloud compute network-endpoint-groups create "$SERVICE-neg" --region="$REGION" \
  --network-endpoint-type=serverless --cloud-run-service="$SERVICE"

# The load balancer replaces what a client sends under these names, so that nobody can make up a place.
gcloud compute backend-services create "$SERVICE-backend" --global --load-balancing-scheme=EXTERNAL_MANAGED \
  --custom-request-header='X-Client-Geo-Country: {client_region}' \
  --custom-request-header='X-Client-Geo-State: {client_region_subdivision}' \
  --custom-request-header='X-Client-Geo-City: {client_city}'
gcloud compute backend-services add-backend "$SERVICE-backend" --global \
  --network-endpoint-group="$SERVICE-neg" --network-endpoint-group-region="$REGION"

gcloud compute url-maps create "$SERVICE-map" --default-service="$SERVICE-backend"
gcloud compute ssl-certificates create "$SERVICE-certificate" --domains="$DOMAIN" --global
gcloud compute target-https-proxies create "$SERVICE-proxy" --url-map="$SERVICE-map" \
  --ssl-certificates="$SERVICE-certificate"
gcloud compute forwarding-rules create "$SERVICE-rule" --global --load-balancing-scheme=EXTERNAL_MANAGED \
  --address="$SERVICE-ip" --target-https-proxy="$SERVICE-proxy" --ports=443

# Events come through the load balancer alone from here on, and its address is one whose X-Forwarded-For counts.
ADDRESS=$(gcloud compute addresses describe "$SERVICE-ip" --global --format='value(address)')
gcloud run services update "$SERVICE" --region="$REGION" --ingress=internal-and-cloud-load-balancing \
  --update-env-vars="^;^RUN__TRUSTED_PROXIES=private,$ADDRESS"
echo "Point $DOMAIN at $ADDRESS. The certificate is issued once that is seen, which takes up to an hour."
