#!/usr/bin/env bash
# Run an image as Lambda would, without a Docker daemon, until it is stopped: read-only but for /tmp, with a memory
# limit, as a plain user. The emulator answers on 127.0.0.1:PORT.
#
#   run.sh IMAGE PORT MEMORY_MB [podman run's options]
#
# The emulator listens on port 8080 of this machine's own network (no bridge is needed): PORT other than 8080 moves it.
set -euo pipefail

image=$1 port=$2 memory=$3
shift 3
conf=$(mktemp)
trap 'rm -f "$conf"' EXIT
cat > "$conf" << 'END'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
END
CONTAINERS_CONF=$conf podman run --rm --name "lambda-$port" --network host --read-only --tmpfs /tmp:size=512m \
  --memory "${memory}m" --user 993:990 --env AWS_LAMBDA_FUNCTION_MEMORY_SIZE="$memory" "$@" \
  --entrypoint /usr/local/bin/aws-lambda-rie "$image" \
  --runtime-interface-emulator-address "127.0.0.1:$port" --runtime-api-address "127.0.0.1:$((port + 1))" \
  /lambda-entrypoint.sh app.handler.handler
