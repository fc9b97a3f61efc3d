#!/usr/bin/env bash
# Puts crane on PATH, from its own releases, verified by their checksums.
set -euo pipefail

base=${CRANE_BASE_URL:-https://github.com/google/go-containerregistry/releases}/download/${CRANE_VERSION:-v0.20.7}
case "$(uname -s)/$(uname -m)" in
  Linux/x86_64) archive=go-containerregistry_Linux_x86_64.tar.gz ;;
  Linux/aarch64) archive=go-containerregistry_Linux_arm64.tar.gz ;;
  Darwin/arm64) archive=go-containerregistry_Darwin_arm64.tar.gz ;;
  *) echo "there is no crane for $(uname -sm)" >&2 && exit 1 ;;
esac
dir=$RUNNER_TEMP/modship/crane
mkdir -p "$dir" && cd "$dir"
curl -fsSL --retry 3 -O "$base/$archive" -O "$base/checksums.txt"
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
grep " $archive\$" checksums.txt | "${sum[@]}" -c - >/dev/null
tar -xzf "$archive" crane
echo "$dir" >>"$GITHUB_PATH"
