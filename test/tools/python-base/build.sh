#!/usr/bin/env bash
# A stand-in for python:3.13-slim on machines without a registry: ../lambda-base's Debian and Python, without Lambda's entry
# point. Tagged with the real base's name, so that an emitted Dockerfile is built unchanged. Python lies in /var/lang there.
#
#   build.sh [3.13]     after ../lambda-base/build.sh
set -euo pipefail

python=${1:-3.13}
container=$(buildah from --pull-never "public.ecr.aws/lambda/python:$python")
buildah config --entrypoint '[]' --cmd python3 --workingdir / --env LAMBDA_TASK_ROOT- --env LAMBDA_RUNTIME_DIR- \
  --env LD_LIBRARY_PATH=/var/lang/lib "$container"
buildah commit --quiet --rm "$container" "docker.io/library/python:$python-slim" > /dev/null
