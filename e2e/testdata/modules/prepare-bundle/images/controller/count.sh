#!/bin/sh
# Counts for as long as it runs.
i=0
while true; do
  i=$((i + 1))
  echo "$EDITION $i"
  sleep 1
done
