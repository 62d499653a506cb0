#!/usr/bin/env bash
# The tools that emitted projects are held against, below .tools/ and nowhere else:
#
#   .tools/uv/bin/uv        the version of uv named here, whatever this machine has
#   .tools/venv             the packages of requirements.txt, on Python 3.13
#   .tools/bin              uv and sam alone, for a PATH
#   .tools/runtime/3.x      Lambda's runtime client alone, for each Python that Lambda runs
#   .tools/node/NAME        what package-lock.json in NAME/ here pins: what deploys a project, where that is a package of npm
#
# Needs a Python 3 with venv or pip; uv finds Python 3.13 and 3.12, or fetches them. A second run takes no time.
# requirements.txt is made from requirements.in:
#   cd test/tools && ../../.tools/uv/bin/uv pip compile --python-version 3.13 requirements.in -o requirements.txt
set -euo pipefail

uv_version=0.13.8

# pyenv's interpreters show themselves in folders whose .python-version names them, as this one does.
cd "$(dirname "${BASH_SOURCE[0]}")"
tools=$(cd ../.. && pwd)/.tools
uv=$tools/uv/bin/uv
# Kept from an outer environment: both would be taken for the one to install into.
unset VIRTUAL_ENV CONDA_PREFIX

install_uv() {
  local python=python3
  if ! "$python" -m pip --version > /dev/null 2>&1; then
    "$python" -m venv "$tools/python"
    python=$tools/python/bin/python
  fi
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
    --upgrade --target "$tools/uv" "uv==$uv_version"
}

# environment FOLDER PYTHON PACKAGES…: made anew when any of it has changed.
environment() {
  local folder=$1 python=$2 recipe
  shift 2
  recipe=$({
    echo "$python $*"
    cat requirements.txt
  } | sha256sum)
  if [ "$(cat "$folder/recipe" 2> /dev/null)" = "$recipe" ] && "$folder/bin/python" --version > /dev/null; then return; fi
  "$uv" venv --quiet --clear --python "$python" "$folder"
  "$uv" pip install --quiet --python "$folder/bin/python" "$@"
  echo "$recipe" > "$folder/recipe"
}

# node_tool NAME: as npm ci makes it, anew when the lock has changed.
node_tool() {
  local folder=$tools/node/$1
  if cmp --silent "$1/package-lock.json" "$folder/installed.json"; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$1/package.json" "$1/package-lock.json" "$folder"
  (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel error)
  cp "$1/package-lock.json" "$folder/installed.json"
}

mkdir -p "$tools/bin"
[ "$("$uv" --version 2> /dev/null | cut -d ' ' -f 2)" = "$uv_version" ] || install_uv
environment "$tools/venv" 3.13 --requirements requirements.txt
for python in 3.13 3.12; do
  environment "$tools/runtime/$python" "$python" awslambdaric --constraint requirements.txt
done
node_tool osls
node_tool cdk
ln -sf ../uv/bin/uv ../venv/bin/sam "$tools/bin"
echo "$("$uv" --version) and $("$uv" pip list --quiet --python "$tools/venv/bin/python" 2> /dev/null | tail -n +3 | wc -l) packages in .tools/"
