#!/usr/bin/env bash
# The service on Google Cloud, in gcloud commands. Needs gcloud, logged in, with a project.
#
#   ./deploy.sh            deploy; whatever is there already is brought up to date
#   ./deploy.sh try        deploy a revision that gets no calls but those to its own address
#   ./deploy.sh back       give the calls to the newest revision that started before the one that gets them
#   ./deploy.sh url        print the service's address
#   ./deploy.sh logs       follow its log
#   ./deploy.sh destroy    delete it (asks first)
#
# Variables: STAGE (production), REGION, PROJECT, MIN_INSTANCES (0: cold starts, no cost at rest),
# MAX_INSTANCES (10: bounds what callers can make you pay).
set -euo pipefail
cd "$(dirname "$0")"

name=iris-google
stage=${STAGE:-production}
region=${REGION:-us-central1}
project=${PROJECT:-$(gcloud config get-value project 2> /dev/null)}
[ -n "$project" ] || { echo "Which project? gcloud config set project PROJECT" >&2 && exit 1; }
# Longer, the service's name would be too long for Cloud Run.
[[ $stage = production || $stage =~ ^[a-z][a-z0-9-]{0,7}$ ]] ||
  { echo "STAGE=$stage: a stage is up to 8 small letters, digits and hyphens, and begins with a letter" >&2 && exit 1; }

service=$name
[ "$stage" = production ] || service=$name-$stage
# An account's name has up to 30 characters: the service's, cut, and a number that tells it from others cut alike.
account_id=$(printf %s "$service" | cut -c 1-19)-$(printf %s "$service" | cksum | cut -d ' ' -f 1)
account=$account_id@$project.iam.gserviceaccount.com

deploy() {
  gcloud services enable iam.googleapis.com run.googleapis.com cloudbuild.googleapis.com artifactregistry.googleapis.com --project "$project"
  account
  [ -f requirements.txt ] || { echo "no requirements.txt yet: run make package" >&2 && exit 1; }
  # The buildpack compiles everything, installs requirements.txt and starts functions-framework.
  revision --source . --function predict --base-image python313 "$@"
}

# The service's own account: without a role it may do nothing at all.
account() {
  gcloud iam service-accounts describe "$account" --project "$project" > /dev/null 2>&1 ||
    gcloud iam service-accounts create "$account_id" --display-name "$service" --project "$project"
}

# Calls go to a new revision once it has loaded the model: until then, or for ever, to the one before.
revision() {
  gcloud run deploy "$service" "$@" --project "$project" --region "$region" --quiet \
    --service-account "$account" --no-allow-unauthenticated \
    --memory 512Mi --cpu 1 --cpu-boost --timeout 60 --concurrency 4 \
    --min-instances "${MIN_INSTANCES:-0}" --max-instances "${MAX_INSTANCES:-10}" \
    --startup-probe httpGet.path=/health,httpGet.port=8080,periodSeconds=1,timeoutSeconds=1,failureThreshold=120 \
    --set-env-vars "OPENBLAS_NUM_THREADS=1,HOME=/tmp,PYTHONUNBUFFERED=1,THREADS=4,STAGE=$stage" \
    --labels "project=$name,stage=$stage"
}

to_newest() {
  # After a revision without calls, or a step back, the newest would not get them by itself.
  gcloud run services update-traffic "$service" --to-latest --project "$project" --region "$region" --quiet
}

back() {
  local now before
  now=$(gcloud run services describe "$service" --project "$project" --region "$region" \
    --format "value(status.traffic.filter('percent:100').extract('revisionName').flatten())")
  [ -n "$now" ] || { echo "no revision gets all calls: gcloud run services update-traffic $service" >&2 && exit 1; }
  # Newest first; one that never started is no way back.
  before=$(gcloud run revisions list --service "$service" --project "$project" --region "$region" \
    --sort-by ~metadata.creationTimestamp \
    --format "value(metadata.name,status.conditions.filter('type:Ready').extract('status').flatten())" |
    awk -v now="$now" 'older && $2 == "True" && !found { print $1; found = 1 } $1 == now { older = 1 }')
  [ -n "$before" ] || { echo "there is no revision before $now that started" >&2 && exit 1; }
  gcloud run services update-traffic "$service" --to-revisions "$before=100" --project "$project" --region "$region" --quiet
}

url() {
  gcloud run services describe "$service" --project "$project" --region "$region" --format "value(status.url)"
}

outputs() {
  local address
  address=$(url)/predict
  echo "FunctionName: $service"
  echo "ServiceAccount: $account"
  echo "Url: $address"
  printf 'Curl: curl %s ' "$address"
  cat << 'END'
-H 'content-type: application/json' -d '{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}' -H "authorization: Bearer $(gcloud auth print-identity-token)"
END
}

case "${1:-deploy}" in
  deploy)
    # Each on its own: after && a step that failed would not end the script.
    deploy
    to_newest
    outputs
    ;;
  try) deploy --no-traffic --tag try ;;
  back) back ;;
  url) url ;;
  logs) gcloud beta run services logs tail "$service" --project "$project" --region "$region" ;;
  destroy)
    gcloud run services delete "$service" --project "$project" --region "$region"
    gcloud iam service-accounts delete "$account" --project "$project"
    ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
