#!/bin/sh
# Writes the lock of each runtime: every package with its version and the hashes of its files.
# Both runtimes are resolved together first, so that they agree on every package they share and an image
# with both is the same as one with either, plus the other's own packages.
#
#   image/runtime/requirements/lock.sh            needs uv (pip install uv==0.13.9)
#   UPGRADE=1 image/runtime/requirements/lock.sh  takes newer versions of indirect requirements
set -eu
cd "$(dirname "$0")"
shared=$(mktemp)
trap 'rm -f "$shared"' EXIT
if [ -z "${UPGRADE:-}" ]; then cat sklearn.txt lightgbm.txt 2>/dev/null | grep -E '^[a-z0-9.-]+==' | sed 's/ *\\$//' | sort -u > "$shared" || true; fi

compile() { uv pip compile --quiet --no-header --python-version 3.11 --overrides overrides.txt "$@"; }
compile --no-annotate sklearn.in lightgbm.in -o "$shared"
for runtime in sklearn lightgbm; do
  compile --no-annotate --generate-hashes --constraints "$shared" "$runtime.in" -o "$runtime.txt"
done
