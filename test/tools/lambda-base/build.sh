#!/usr/bin/env bash
# A stand-in for public.ecr.aws/lambda/python on machines without a Docker daemon and without that registry: Debian with
# the paths, variables and entry point of the real base, the real runtime client and the real emulator. Tagged with the
# real base's name, so that an emitted Dockerfile is built unchanged; kept below .cache/.
#
#   build.sh [3.13]     needs root, .tools/ (test/tools/install.sh), buildah and mmdebstrap
#
# Unlike the real base it has this Debian's glibc instead of 2.34, no boto3, and of microdnf what emitted images ask of it.
set -euo pipefail

python=${1:-3.13}
image=public.ecr.aws/lambda/python:$python
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$(cd "$here/../../.." && pwd)/.tools
cache=$(cd "$here/../../.." && pwd)/.cache/lambda-base
recipe=$(cat "$here"/{build,bootstrap,lambda-entrypoint,microdnf}.sh "$here/../requirements.txt" | sha256sum | cut -c 1-12)
archive=$cache/python$python-$recipe.tar

command -v buildah mmdebstrap > /dev/null || {
  echo "needs: apt-get install buildah podman runc conmon mmdebstrap" >&2
  exit 1
}

make_root() {
  local root=$1 prefix
  prefix=$("$tools/runtime/$python/bin/python" -c 'import sys; print(sys.base_prefix)')

  # What the real base has of the libraries that wheels and Python look for.
  mmdebstrap --quiet --variant=minbase \
    --include=ca-certificates,libbz2-1.0,libffi8,libgomp1,liblzma5,libreadline8,libsqlite3-0,libssl3,libstdc++6,libuuid1,zlib1g \
    "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" "$root"
  # libgomp is missing there, until it is installed.
  mkdir "$root/usr/share/libgomp"
  mv "$root"/usr/lib/*-linux-gnu/libgomp.so.1* "$root/usr/share/libgomp"
  install -m 755 "$here/microdnf.sh" "$root/usr/bin/microdnf"
  # Builds reach package indexes the way this machine does.
  install -m 644 -D /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

  mkdir -p "$root"/var/{lang,runtime,task}
  tar -C "$prefix" --exclude=__pycache__ --exclude='*.a' --exclude='lib/python*/test' --exclude='lib/python*/config-*' \
    --exclude='lib/python*/site-packages/*' --exclude='bin/*pip*' -cf - bin include lib | tar -C "$root/var/lang" -xf -
  ln -sf "python$python" "$root/var/lang/bin/python3"
  ln -sf "python$python" "$root/var/lang/bin/python"
  "$tools/uv/bin/uv" pip install --quiet --python "$tools/runtime/$python/bin/python" \
    --target "$root/var/lang/lib/python$python/site-packages" pip
  printf '#!/bin/sh\nexec /var/lang/bin/python -m pip "$@"\n' > "$root/var/lang/bin/pip"
  chmod 755 "$root/var/lang/bin/pip"

  cp -R "$tools/runtime/$python/lib/python$python/site-packages/." "$root/var/runtime"
  install -m 755 -D "$tools"/venv/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-"$(uname -m)" \
    "$root/usr/local/bin/aws-lambda-rie"
  install -m 755 "$here/bootstrap.sh" "$root/var/runtime/bootstrap"
  install -m 755 "$here/lambda-entrypoint.sh" "$root/lambda-entrypoint.sh"
}

make_archive() {
  local root=$cache/root container
  rm -rf "$cache"
  mkdir -p "$cache"
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

label() {
  buildah images --quiet --filter "reference=$image" 2> /dev/null
}

if [ ! -f "$archive" ]; then
  make_archive
  [ -z "$(label)" ] || buildah rmi --force "$image" > /dev/null
fi
[ -n "$(label)" ] || buildah pull --quiet "docker-archive:$archive" > /dev/null
echo "$image"
