#!/bin/sh
# Makes docs/RELEASE_NOTES.md of the files in CHANGELOG.
set -e
echo "# Release notes"
for file in /work/CHANGELOG/*.yml; do
  echo
  echo "## $(basename "$file" .yml)"
  echo
  sed -n 's/^ *- summary: /- /p' "$file"
done
