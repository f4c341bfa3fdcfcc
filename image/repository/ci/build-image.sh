#!/bin/sh
# Builds the server's image: the runtime image plus the folder models/, in few layers that depend on the models'
# files alone. No package is installed, so a new model is live in seconds, and little more than its own files moves.
#
#   RUNTIME_IMAGE=... ci/build-image.sh NAME [OPTION of docker build ...]
set -eu
cd "$(dirname "$0")/.."
die() { printf 'build-image: %s\n' "$*" >&2; exit 1; }
[ $# -ge 1 ] || { echo "usage: RUNTIME_IMAGE=... ci/build-image.sh NAME [OPTION ...]" >&2; exit 64; }
[ -n "${RUNTIME_IMAGE:-}" ] || { echo "build-image: RUNTIME_IMAGE is not set: the image with nginx and MLServer." >&2; exit 64; }
[ -d models ] || die "there is no folder models/ in this repository: there is nothing to serve."
name=$1
shift

# Heroku's registry takes Docker's own image format alone. An engine with the containerd image store keeps and pushes an
# image as it was built, by itself in OCI's format, and only buildx can choose another.
# https://docs.docker.com/engine/storage/containerd/, https://docs.docker.com/build/exporters/image-registry/
case $(docker info --format '{{.DriverStatus}}') in
  *io.containerd.snapshotter.v1*)
    docker buildx version >/dev/null 2>&1 ||
      die "this docker engine has the containerd image store, and needs docker's plugin buildx to build in the format that Heroku takes. Install it where docker runs (package docker-buildx-plugin of Docker's own packages, docker-buildx of Debian's), or use an engine without that store (\"features\": {\"containerd-snapshotter\": false} in its daemon.json)."
    containerd=yes
    ;;
  *) containerd=no ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
docker image inspect "$RUNTIME_IMAGE" >/dev/null 2>&1 || docker pull --quiet "$RUNTIME_IMAGE" >/dev/null ||
  die "the runtime image $RUNTIME_IMAGE cannot be fetched."
layers=$(docker image inspect --format '{{len .RootFS.Layers}}' "$RUNTIME_IMAGE")
platform=$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$RUNTIME_IMAGE")
# Files between the programs and no pipes: a failure of any of them is seen.
tar -cf "$work/models" models
docker run --rm --interactive --network none "$RUNTIME_IMAGE" \
  python /opt/server/model_layers.py "$RUNTIME_IMAGE" "$layers" <"$work/models" >"$work/context"
# For the registry, one image and no attestations beside it.
if [ $containerd = yes ]; then
  docker buildx build --builder default --quiet --platform "$platform" --provenance=false --sbom=false \
    --output "type=image,name=$name,oci-mediatypes=false" "$@" - <"$work/context"
else
  BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker build --quiet --platform "$platform" --tag "$name" "$@" - <"$work/context"
fi
