#!/bin/sh
# Writes the lock of each runtime, and that of the training image: every package with its version and the hashes of its
# files. All are resolved together first, so that they agree on every package they share: an image with several runtimes
# is the same as one with either, plus the others' own packages, and training adds to them without changing any.
#
#   image/runtime/requirements/lock.sh            needs uv (pip install uv==0.13.9)
#   UPGRADE=1 image/runtime/requirements/lock.sh  takes newer versions of indirect requirements
set -eu
cd "$(dirname "$0")"
shared=$(mktemp)
trap 'rm -f "$shared"' EXIT
inputs="$(ls ./*.in) ../training/requirements.in"
if [ -z "${UPGRADE:-}" ]; then
  for input in $inputs; do
    # A new one has no lock yet.
    if [ -f "${input%.in}.txt" ]; then cat "${input%.in}.txt"; fi
  done | sed -nE 's/^([a-z0-9.-]+==[^ \\]+).*/\1/p' | sort -u >"$shared"
fi

compile() { uv pip compile --quiet --no-header --no-annotate --python-version 3.11 --overrides overrides.txt "$@"; }
# shellcheck disable=SC2086 # several files
compile $inputs -o "$shared"
for input in $inputs; do
  compile --generate-hashes --constraints "$shared" "$input" -o "${input%.in}.txt"
done
