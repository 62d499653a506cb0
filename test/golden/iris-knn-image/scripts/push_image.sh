#!/usr/bin/env bash
# The image that Lambda runs: build it, run it here, push it to ECR.
#
#   scripts/push_image.sh build    build iris-knn-image:latest for Lambda's processor
#   scripts/push_image.sh serve    answer on 127.0.0.1:9000 as Lambda would
#   scripts/push_image.sh push     build, make the repository if it is missing, push, write dist/image-uri
#   scripts/push_image.sh --function NAME    push, and give the image to a function that is there
set -euo pipefail
cd "$(dirname "$0")/.."

name=iris-knn-image
region=us-east-1
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
  local account registry tag
  account=$(aws sts get-caller-identity --query Account --output text)
  registry=$account.dkr.ecr.$region.amazonaws.com
  repository=$registry/$name

  aws ecr describe-repositories --region "$region" --repository-names "$name" > /dev/null 2>&1 || make_repository
  aws ecr get-login-password --region "$region" | "$docker" login --username AWS --password-stdin "$registry"

  # The image's own hash is its tag: another image never overwrites it. What is deployed is named by its digest, which
  # nobody can give to another image.
  tag=$("$docker" image inspect --format '{{.Id}}' "$name:latest" | cut -d : -f 2 | cut -c 1-12)
  if ! digest=$(digest_of "$tag" 2> /dev/null); then
    "$docker" tag "$name:latest" "$repository:$tag"
    "$docker" push "$repository:$tag"
    digest=$(digest_of "$tag")
  fi
  mkdir -p dist
  echo "$repository@$digest" > dist/image-uri
}

# A tag stays with its image, and only what has lost its tag is ever deleted: never what runs.
make_repository() {
  aws ecr create-repository --region "$region" --repository-name "$name" --image-tag-mutability IMMUTABLE \
    --image-scanning-configuration scanOnPush=true > /dev/null
  aws ecr put-lifecycle-policy --region "$region" --repository-name "$name" --lifecycle-policy-text '{"rules": [
    {"rulePriority": 1, "description": "left over by pushes that broke off", "action": {"type": "expire"},
     "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7}}]}' > /dev/null
}

digest_of() {
  aws ecr describe-images --region "$region" --repository-name "$name" --image-ids "imageTag=$1" \
    --query 'imageDetails[0].imageDigest' --output text
}

how_to_deploy() {
  echo "Pushed. To deploy it, as make deploy does:"
  echo "  sam deploy --image-repository $repository --parameter-overrides ImageUri=$repository@$digest"
}

# The function gets the new image, is called once, and gets the old one back when it does not answer.
update() {
  local function=$1 found architecture before
  found=$(aws lambda get-function --region "$region" --function-name "$function" \
    --query '[Configuration.Architectures[0], Code.ResolvedImageUri]' --output text)
  read -r architecture before <<< "$found"
  if [ "$architecture" != x86_64 ]; then
    echo "$function runs on $architecture, the image is made for x86_64: npm create lambda-model@latest -- update --arch $architecture" >&2
    exit 1
  fi
  build
  push
  point "$function" "$(cat dist/image-uri)"
  if ! answers "$function"; then
    echo "$function did not answer with the new image, see above: it gets $before back." >&2
    point "$function" "$before"
    exit 1
  fi
  echo "$function runs $(cat dist/image-uri)."
}

point() {
  aws lambda update-function-code --region "$region" --function-name "$1" --image-uri "$2" > /dev/null
  aws lambda wait function-updated-v2 --region "$region" --function-name "$1"
}

answers() {
  local failed
  failed=$(aws lambda invoke --region "$region" --function-name "$1" --cli-binary-format raw-in-base64-out \
    --payload file://events/direct.json --query FunctionError --output text dist/answer.json) || return 1
  [ "$failed" = None ] || { cat dist/answer.json >&2 && return 1; }
}

case "${1:-}" in
  build) build ;;
  serve) serve ;;
  push)
    build
    push
    how_to_deploy
    ;;
  --function) update "${2:?Which function?}" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
