#!/usr/bin/env bash
# A stand-in for public.ecr.aws/lambda/python:3.13 on machines without a Docker daemon and without that registry:
# Debian with the files, paths, variables and entry point of the real base, the real runtime client and the real
# emulator. Kept below .cache/; tagged with the real base's name, so that an emitted Dockerfile is built unchanged.
#
#   build.sh [3.13]     needs root, buildah, mmdebstrap, uv and a Python of that version
#
# Unlike the real base it has glibc of this Debian instead of 2.34, and lacks dnf.
set -euo pipefail

python=${1:-3.13}
image=public.ecr.aws/lambda/python:$python
cache=$(cd "$(dirname "$0")/../../.." && pwd)/.cache/lambda-base
here=$(cd "$(dirname "$0")" && pwd)
recipe=$(cat "$here"/*.sh | sha256sum | cut -c 1-12)
archive=$cache/python$python-$recipe.tar

command -v buildah mmdebstrap uv > /dev/null || {
  echo "needs: apt-get install buildah podman runc conmon mmdebstrap" >&2
  exit 1
}

make_root() {
  local root=$1 interpreter prefix
  interpreter=$(uv python find --system "$python")
  prefix=$("$interpreter" -c 'import sys; print(sys.base_prefix)')

  mmdebstrap --quiet --variant=minbase \
    --include=ca-certificates,libbz2-1.0,libffi8,liblzma5,libreadline8,libsqlite3-0,libssl3,libstdc++6,libuuid1,zlib1g \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root"

  mkdir -p "$root"/var/{lang,runtime,task} "$root/usr/local/bin"
  tar -C "$prefix" --exclude='lib/python*/test' --exclude='lib/python*/config-*' --exclude='*.a' --exclude='__pycache__' \
    --exclude='lib/python*/site-packages/*' -cf - bin lib include | tar -C "$root/var/lang" -xf -
  ln -sf "python$python" "$root/var/lang/bin/python3"
  ln -sf "python$python" "$root/var/lang/bin/python"
  uv pip install --quiet --python "$interpreter" --target "$root/var/lang/lib/python$python/site-packages" pip
  rm -rf "$root/var/lang/lib/python$python/site-packages/bin" "$root"/var/lang/bin/*pip*
  printf '#!/bin/sh\nexec /var/lang/bin/python -m pip "$@"\n' > "$root/var/lang/bin/pip"
  chmod 755 "$root/var/lang/bin/pip"

  uv pip install --quiet --python "$interpreter" --target "$root/var/runtime" awslambdaric==4.2.2
  uv pip install --quiet --python "$interpreter" --no-deps --target "$cache/sam" aws-sam-cli
  install -m 755 "$cache/sam/samcli/local/rapid/aws-lambda-rie-$(uname -m)" "$root/usr/local/bin/aws-lambda-rie"
  install -m 755 "$here/bootstrap.sh" "$root/var/runtime/bootstrap"
  install -m 755 "$here/lambda-entrypoint.sh" "$root/lambda-entrypoint.sh"
  # Builds reach package indexes the way this machine does.
  install -m 644 -D /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
}

make_archive() {
  local root container
  mkdir -p "$cache"
  root=$cache/root
  rm -rf "$root"
  make_root "$root"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$root" / > /dev/null
  buildah config \
    --env LANG=C.UTF-8 --env PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin \
    --env LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    --env LAMBDA_TASK_ROOT=/var/task --env LAMBDA_RUNTIME_DIR=/var/runtime \
    --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    --workingdir /var/task --entrypoint '["/lambda-entrypoint.sh"]' "$container"
  buildah commit --quiet --rm "$container" "docker-archive:$archive.part:$image" > /dev/null
  mv "$archive.part" "$archive"
  rm -rf "$root"
}

[ -f "$archive" ] || make_archive
buildah images --quiet --filter "reference=$image" 2> /dev/null | grep -q . || buildah pull --quiet "docker-archive:$archive" > /dev/null
echo "$image"
