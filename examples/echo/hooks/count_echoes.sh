#!/bin/bash
# A module hook of the shell operator: counts the Echo objects into
# echo.internal.echoes. Called with --config it says what it watches.
set -e

if [[ "$1" == "--config" ]]; then
  cat <<'CONFIG'
configVersion: v1
kubernetes:
  - name: echoes
    apiVersion: example.deckhouse.io/v1alpha1
    kind: Echo
    group: main
    queue: /modules/echo
    jqFilter: .metadata.name
CONFIG
  exit 0
fi

count=$(jq '.[0].snapshots.echoes | length' "$BINDING_CONTEXT_PATH")
echo "[{\"op\": \"add\", \"path\": \"/echo/internal/echoes\", \"value\": $count}]" > "$VALUES_JSON_PATCH_PATH"
