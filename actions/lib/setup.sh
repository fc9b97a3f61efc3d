#!/usr/bin/env bash
# The action setup: an own Docker configuration, the login, and crane, which
# later steps of module workflows call.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$RUNNER_TEMP/modship/bin:$PATH
# shellcheck source=environment.sh
source "$here/environment.sh"

# A second setup, for another registry, adds to the configuration of the first.
export DOCKER_CONFIG=$RUNNER_TEMP/.docker
mkdir -p "$DOCKER_CONFIG"
echo "DOCKER_CONFIG=$DOCKER_CONFIG" >>"$GITHUB_ENV"
if [[ ${FORK:-} == true ]]; then
  echo "::notice title=modship::a pull request from a fork gets no secrets: no login to ${MODULES_REGISTRY:-the registry}"
else
  modship login
fi

if [[ ${INPUT_CRANE:-true} == true ]] && ! command -v crane >/dev/null; then
  bash "$here/crane.sh" || echo "::warning title=modship::crane could not be installed; modship does not need it, a later step of the workflow may"
fi
