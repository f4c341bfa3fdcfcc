#!/bin/sh
# Builds the server's image: the runtime image plus the folder models/, each model in a layer of its own. No
# package is installed, so a new model is live in seconds, and only its own files move.
#
#   RUNTIME_IMAGE=... ci/build-image.sh NAME [OPTION of docker build ...]
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo "usage: RUNTIME_IMAGE=... ci/build-image.sh NAME [OPTION ...]" >&2; exit 64; }
[ -n "${RUNTIME_IMAGE:-}" ] || { echo "build-image: RUNTIME_IMAGE is not set: the image with nginx and MLServer." >&2; exit 64; }
[ -d models ] || { echo "build-image: there is no folder models/ in this repository: there is nothing to serve." >&2; exit 1; }
name=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Files between the programs and no pipes: a failure of any of them is seen.
tar -cf "$work/models" models
docker run --rm --interactive --network none "$RUNTIME_IMAGE" \
  python /opt/server/model_layers.py "$RUNTIME_IMAGE" <"$work/models" >"$work/context"
# Heroku's registry takes plain images only, no attestations beside them.
BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker build --quiet --tag "$name" "$@" - <"$work/context"
