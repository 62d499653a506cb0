#!/usr/bin/env bash
# The image that Lambda runs: build it, run it here, push it to ECR.
#
#   scripts/push_image.sh build    build iris-knn-image:latest for Lambda's processor
#   scripts/push_image.sh serve    answer on 127.0.0.1:9000 as Lambda would
#   scripts/push_image.sh push     build, make the repository if it is missing, push, write dist/image-uri
set -euo pipefail
cd "$(dirname "$0")/.."

name=iris-knn-image
region=${AWS_REGION:-us-east-1}
platform=linux/amd64
docker=${DOCKER:-docker}

build() {
  [ -f uv.lock ] || { echo "no uv.lock yet: run make setup" >&2 && exit 1; }
  # Lambda refuses an index with attestations ("image manifest ... media type ... not supported").
  "$docker" buildx build --provenance=false --sbom=false --platform "$platform" --load --tag "$name:latest" .
  try_out || { echo "The image does not work, see above. It holds:" >&2 && list >&2 && exit 1; }
}

# One call in the finished image, before anybody pays for it.
try_out() {
  in_image --read-only --tmpfs /tmp --network none "$name:latest" \
    -c 'import json, sys; from app.handler import handler; handler(json.load(sys.stdin), None)' < events/direct.json
}

list() {
  in_image "$name:latest" -c 'import glob; print(*sorted(glob.glob("*") + glob.glob("[!.]*/*.py")), sep="\n")' < /dev/null
}

in_image() {
  "$docker" run --rm --interactive --platform "$platform" --entrypoint python "$@"
}

serve() {
  # Only /tmp can be written to, and there is no more memory than on Lambda. One call:
  #   curl http://127.0.0.1:9000/2015-03-31/functions/function/invocations -d @events/direct.json
  "$docker" run --rm --platform "$platform" --read-only --tmpfs /tmp:size=512m --memory 1024m \
    --env AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1024 --env AWS_LAMBDA_FUNCTION_TIMEOUT=28 \
    --publish 127.0.0.1:9000:8080 "$name:latest"
}

push() {
  local account registry repository tag digest
  account=$(aws sts get-caller-identity --query Account --output text)
  registry=$account.dkr.ecr.$region.amazonaws.com
  repository=$registry/$name

  aws ecr describe-repositories --region "$region" --repository-names "$name" > /dev/null 2>&1 ||
    aws ecr create-repository --region "$region" --repository-name "$name" \
      --image-scanning-configuration scanOnPush=true > /dev/null
  aws ecr get-login-password --region "$region" | "$docker" login --username AWS --password-stdin "$registry"

  # The image's own hash is its tag: another image never overwrites it. What is deployed is named by its digest, which
  # nobody can give to another image.
  tag=$("$docker" image inspect --format '{{.Id}}' "$name:latest" | cut -d : -f 2 | cut -c 1-12)
  "$docker" tag "$name:latest" "$repository:$tag"
  "$docker" push "$repository:$tag"
  digest=$(aws ecr describe-images --region "$region" --repository-name "$name" --image-ids "imageTag=$tag" \
    --query 'imageDetails[0].imageDigest' --output text)
  mkdir -p dist
  echo "$repository@$digest" > dist/image-uri
  echo "Pushed. To deploy it, as make deploy does:"
  echo "  sam deploy --image-repository $repository --parameter-overrides ImageUri=$repository@$digest"
}

case "${1:-}" in
  build) build ;;
  serve) serve ;;
  push) build && push ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
