#!/bin/sh
# Builds the runtime image, nginx and MLServer without any model, of the folder runtime/, and pushes it to the project's
# container registry; and where BUILD_TRAINING is `yes`, on top of it the image that models are trained in, of
# runtime/training/. An image that was built of the same is there by its tag, and is taken as it is. Writes their names by
# digest to runtime.env. Needs a docker engine and the docker client; .gitlab-ci.yml says which variables it reads.
#
# Nothing of an older image is reused: what takes long is in none, since it is built in stages of its own.
set -eu
cd "$(dirname "$0")/.."

die() { printf 'build-runtime: %s\n' "$*" >&2; exit 1; }

[ -f runtime/Dockerfile ] || die "there is no runtime/Dockerfile in this repository: nothing to build the image of. Without the variable BASE_IMAGE, the image in RUNTIME_IMAGE is used as it is."
missing=''
for variable in BASE_IMAGE MLSERVER_RUNTIMES CI_REGISTRY CI_REGISTRY_IMAGE; do
  eval "value=\${$variable:-}"
  [ -n "$value" ] || missing="$missing $variable"
done
[ -z "$missing" ] || die "these CI/CD variables are not set:$missing. GitLab sets those of its container registry, where the project has one; the stack sets the others, for protected branches."
IMAGE_PLATFORM=${IMAGE_PLATFORM:-linux/amd64}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
. ci/docker.sh

# Runners check out with modes of their own (https://docs.gitlab.com/runner/executors/docker/#permissions): the image
# gets those that git knows.
chmod -R u=rwX,go=rX runtime
files_of() { # folder: what the files in it are
  (cd "$1" && find . -type f | LC_ALL=C sort | while IFS= read -r file; do
    [ -x "$file" ] && mode=x || mode=-
    printf '%s %s\n' "$mode" "$(sha256sum "$file")"
  done)
}

log_in "$CI_REGISTRY" "$CI_REGISTRY_USER" "$CI_REGISTRY_PASSWORD"

by_digest() { # image: what the engine knows it by
  docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | grep "^${1%:*}@sha256:" | head -n 1
}

# Sets `built` to the image of that name by digest. What it is made of is in the file made-of; it is built on the image
# BASE, with further words, of a folder. The registry is asked first, which moves no image. It is not asked without TLS; the
# engine knows whether it may be.
get() { # name base folder option...
  name=$1 base=$2 folder=$3
  shift 3
  image=$CI_REGISTRY_IMAGE/$name:$(sha256sum "$work/made-of" | cut -c 1-16)
  if docker manifest inspect --verbose "$image" >"$work/manifest" 2>&1; then
    digest=$(sed -n 's/.*"digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "$work/manifest" | head -n 1)
    built=${image%:*}@$digest
  elif docker pull --quiet "$image" >"$work/pull" 2>&1; then
    built=$(by_digest "$image")
  else
    echo "$image is not in the registry yet. Building it on $base, for $IMAGE_PLATFORM."
    # A plain image, no attestations beside it: the models are added to it, and Heroku's registry takes nothing else.
    BUILDX_NO_DEFAULT_ATTESTATIONS=1 docker build --tag "$image" --platform "$IMAGE_PLATFORM" "$@" "$folder" ||
      { check_platform "$base" "$IMAGE_PLATFORM"; die "the $name image cannot be built (see above)."; }
    docker push "$image" >"$work/push" 2>&1 || { cat "$work/push" >&2; die "$CI_REGISTRY did not take the image."; }
    built=$(by_digest "$image")
  fi
  case $built in
    "${image%:*}@sha256:"?*) ;;
    *) die "the registry has $image, but its digest cannot be found." ;;
  esac
  echo "The $name image is $built."
}

{
  printf '%s\n' "$BASE_IMAGE" "$IMAGE_PLATFORM" "$MLSERVER_RUNTIMES"
  files_of runtime | grep -v '  \./training/'
} >"$work/made-of"
get runtime "$BASE_IMAGE" runtime --build-arg "BASE_IMAGE=$BASE_IMAGE" --build-arg "RUNTIMES=$MLSERVER_RUNTIMES"
runtime=$built
printf 'BUILT_RUNTIME_IMAGE=%s\n' "$runtime" >runtime.env

[ "${BUILD_TRAINING:-}" = yes ] || exit 0
[ -f runtime/training/Dockerfile ] || die "there is no runtime/training/Dockerfile in this repository: nothing to build the training image of. Without the variable BUILD_TRAINING it is not built."
{
  printf '%s\n' "$runtime"
  files_of runtime/training
} >"$work/made-of"
get training "$runtime" runtime/training --build-arg "RUNTIME_IMAGE=$runtime"
printf 'BUILT_TRAINING_IMAGE=%s\n' "$built" >>runtime.env
