#!/usr/bin/env bash
# The action build: builds and publishes the module, with the build report of
# werf that later steps read.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$RUNNER_TEMP/modship/bin:$PATH
# shellcheck source=environment.sh
source "$here/environment.sh"
take WERF_SECONDARY_REPO_1 "${INPUT_SECONDARY_REPO:-}"
# Templates read these, as the official action sets them: empty too.
export SVACE_ENABLED="${INPUT_SVACE_ENABLED:-}" SVACE_ANALYZE_HOST="${INPUT_SVACE_ANALYZE_HOST:-}" SVACE_ANALYZE_SSH_USER="${INPUT_SVACE_ANALYZE_SSH_USER:-}"
# shellcheck source=ssh.sh
source "$here/ssh.sh"
unset "${!INPUT_@}" # the keys are in the agent: nothing that is built needs them

modship publish --report images_tags_werf.json
