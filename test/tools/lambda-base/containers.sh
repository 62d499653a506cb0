#!/usr/bin/env bash
# Containers on a machine that has neither a Docker daemon nor systemd: as root, on this machine's own network.
#
#   containers.sh run IMAGE PORT MEMORY_MB     answer as Lambda would, on 127.0.0.1:PORT (PORT + 1 is taken as well): read-only
#                                              but for /tmp, with a memory limit, as a plain user; until it is stopped
#   containers.sh serve IMAGE PORT MEMORY_MB   answer as Cloud Run would: the same, but the image's own command and user, told its PORT
#   containers.sh stop PORT                    stop that one
#   containers.sh docker SOCKET SECONDS        speak Docker's protocol on a socket, for `sam build`
set -euo pipefail

conf=$(mktemp)
trap 'rm -f "$conf"' EXIT
cat > "$conf" << 'END'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
END
export CONTAINERS_CONF=$conf BUILDAH_ISOLATION=chroot

case "${1:-}" in
  run)
    podman run --rm --name "lambda-$3" --network host --read-only --tmpfs /tmp:size=512m --memory "$4m" --user 993:990 \
      --env AWS_LAMBDA_FUNCTION_MEMORY_SIZE="$4" --entrypoint /usr/local/bin/aws-lambda-rie "$2" \
      --runtime-interface-emulator-address "127.0.0.1:$3" --runtime-api-address "127.0.0.1:$(($3 + 1))" \
      /lambda-entrypoint.sh app.handler.handler
    ;;
  serve)
    podman run --rm --name "lambda-$3" --network host --read-only --tmpfs /tmp:size=512m --memory "$4m" \
      --env HOST=127.0.0.1 --env PORT="$3" "$2"
    ;;
  stop) podman rm --force --time 1 "lambda-$2" > /dev/null ;;
  docker) podman system service --time "$3" "unix://$2" ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
