#!/bin/sh
# Writes the lock of each runtime: every package with its version and the hashes of its files.
# All runtimes are resolved together first, so that they agree on every package they share and an image with several
# is the same as one with either, plus the others' own packages.
#
#   image/runtime/requirements/lock.sh            needs uv (pip install uv==0.13.9)
#   UPGRADE=1 image/runtime/requirements/lock.sh  takes newer versions of indirect requirements
set -eu
cd "$(dirname "$0")"
shared=$(mktemp)
trap 'rm -f "$shared"' EXIT
if [ -z "${UPGRADE:-}" ]; then
  for runtime in *.in; do
    # A new runtime has no lock yet.
    if [ -f "${runtime%.in}.txt" ]; then cat "${runtime%.in}.txt"; fi
  done | sed -nE 's/^([a-z0-9.-]+==[^ \\]+).*/\1/p' | sort -u >"$shared"
fi

compile() { uv pip compile --quiet --no-header --no-annotate --python-version 3.11 --overrides overrides.txt "$@"; }
compile ./*.in -o "$shared"
for runtime in *.in; do
  compile --generate-hashes --constraints "$shared" "$runtime" -o "${runtime%.in}.txt"
done
