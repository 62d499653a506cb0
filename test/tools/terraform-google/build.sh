#!/usr/bin/env bash
# Builds the stand-in for hashicorp/google and prints the file that makes Terraform use it: TF_CLI_CONFIG_FILE=$(build.sh).
# Needs Go and its module proxy; 20 to 100 s the first time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cache=$(cd ../../.. && pwd)/.cache/terraform-google-$(cat main.go schema.json go.sum | sha256sum | cut -c 1-12)
folder=$cache/registry.terraform.io/hashicorp/google/7.0.0/$(go env GOOS)_$(go env GOARCH)
if [ ! -f "$cache/terraform.rc" ]; then
  mkdir -p "$folder"
  go build -o "$folder/terraform-provider-google_v7.0.0" .
  printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$cache" > "$cache/terraform.rc"
fi
echo "$cache/terraform.rc"
