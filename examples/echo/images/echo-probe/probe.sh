#!/bin/sh
# Asks the echo server every INTERVAL seconds and writes what it saw.
set -e
while true; do
  if wget -q "http://${TARGET:-echo:8080}/cgi-bin/echo?probe" | head -n 1; then
    echo "$(date -u +%FT%TZ) ok"
  else
    echo "$(date -u +%FT%TZ) failed"
  fi
  sleep "${INTERVAL:-10}"
done
