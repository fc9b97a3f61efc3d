#!/usr/bin/env bash
# Runs modship. COMMAND holds the command and ARGS more arguments, one a line:
# neither is ever read as shell text.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$RUNNER_TEMP/modship/bin:$PATH
# shellcheck source=environment.sh
source "$here/environment.sh"

read -ra words <<<"${COMMAND:?}"
while IFS= read -r line; do
  if [[ -n $line ]]; then
    words+=("$line")
  fi
done <<<"${ARGS:-}"
exec modship "${words[@]}"
