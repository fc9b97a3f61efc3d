#!/usr/bin/env bash
# Puts modship on PATH, unless it is there already in the version that is asked
# for. MODSHIP_VERSION names the version; without it, it is the one that the
# action is used at (uses: …@v1.2.3), else the latest.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${MODSHIP_VERSION:-}
if [[ -z $version && ${ACTION_REF:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+ ]]; then
  version=$ACTION_REF
fi
if installed=$(modship version 2>/dev/null); then
  if [[ -z $version || $installed == "modship v${version#v} "* ]]; then
    echo "$installed"
    exit
  fi
fi
dir=$RUNNER_TEMP/modship/bin
MODSHIP_VERSION=$version MODSHIP_INSTALL_DIR=$dir PATH=$dir:$PATH sh "$here/../../install.sh"
echo "$dir" >>"$GITHUB_PATH"
