#!/usr/bin/env bash
# Lets GitHub deploy without a stored key: an account that the main branch of one repository may act as, by Workload
# Identity Federation. Once for each repository; what is there already stays.
#
#   PROJECT=my-project REPOSITORY=owner/name .github/deploy-identity.sh
set -euo pipefail

project=${PROJECT:?which project of Google}
repository=${REPOSITORY:?which repository, OWNER/NAME}
name=iris-google
pool=github
number=$(gcloud projects describe "$project" --format "value(projectNumber)")
account_id=$(printf %s "deploy-$name" | cut -c 1-30 | sed 's/-*$//')
account=$account_id@$project.iam.gserviceaccount.com
# Numbers stay when names are sold: of the repository, and so of whoever owns it.
id=$(gh api "repos/$repository" --jq .id)
provider=repository-$id
found=projects/$number/locations/global/workloadIdentityPools/$pool

# An account that was made this second is not known everywhere yet.
patiently() {
  for _ in 1 2 3 4 5; do
    "$@" && return
    sleep "${WAIT_SECONDS:-5}"
  done
  "$@"
}

gcloud services enable iam.googleapis.com iamcredentials.googleapis.com sts.googleapis.com --project "$project"
gcloud iam workload-identity-pools describe "$pool" --location global --project "$project" > /dev/null 2>&1 ||
  gcloud iam workload-identity-pools create "$pool" --location global --project "$project"
gcloud iam workload-identity-pools providers describe "$provider" --location global --workload-identity-pool "$pool" \
  --project "$project" > /dev/null 2>&1 ||
  gcloud iam workload-identity-pools providers create-oidc "$provider" --location global --workload-identity-pool "$pool" \
    --project "$project" --issuer-uri https://token.actions.githubusercontent.com \
    --attribute-mapping google.subject=assertion.sub,attribute.repository_id=assertion.repository_id \
    --attribute-condition "assertion.repository_id=='$id' && assertion.ref=='refs/heads/main'"

gcloud iam service-accounts describe "$account" --project "$project" > /dev/null 2>&1 ||
  gcloud iam service-accounts create "$account_id" --display-name "deploys $name" --project "$project"
patiently gcloud iam service-accounts add-iam-policy-binding "$account" --project "$project" \
  --role roles/iam.workloadIdentityUser --member "principalSet://iam.googleapis.com/$found/attribute.repository_id/$id" > /dev/null
# To build, deploy and call the service, and to make the account that it runs as.
for role in run.admin run.sourceDeveloper run.invoker artifactregistry.admin iam.serviceAccountAdmin \
  iam.serviceAccountUser serviceusage.serviceUsageAdmin; do
  patiently gcloud projects add-iam-policy-binding "$project" --member "serviceAccount:$account" --role "roles/$role" \
    --condition None > /dev/null
done

echo "Set these variables of the repository (Settings, Secrets and variables, Actions, Variables):"
echo "  GOOGLE_IDENTITY_PROVIDER=$found/providers/$provider"
echo "  GOOGLE_DEPLOY_ACCOUNT=$account"
