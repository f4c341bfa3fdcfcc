#!/bin/sh
# Builds the server's image, tries it, pushes it to the host, releases it and checks that every model answers there.
# Needs a docker engine and the docker client, and installs nothing: what needs more than a shell runs in the runtime
# image. .gitlab-ci.yml says which variables it reads. Secrets go through standard input, never as arguments.
#
# What is the host's stands in a folder of its name, in host.sh, which sets
#   host_name        what people call it
#   host_variables   the CI/CD variables that it cannot do without
#   host_limits      options of `docker run` that hold a container to what the host gives it
# and has these functions, called in this order; each ends the job by `die` when it fails:
#   host_check       asks for the app. Sets `app`, its name, `app_url`, its address without a slash at the end, and
#                    `image`, the name to push images by
#   host_log_in      logs docker in to the registry of `image`
#   host_release DIGEST ID
#                    has the host run the image that was just pushed: the digest of its manifest, and the engine's id
#                    of the image that was tried
#   host_runs        whether the host runs the image that was pushed last. Sets `answers`, as host_wait does
#   host_wait        waits, while `in_time`, until this release and no other answers. Sets `release`, its name, and
#                    `answers`: `no` where the app is scaled down to nothing, which it says
# They may use the functions of this file: `die`, `log_in`, `json`, `send` and, from the release on, `in_time`.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
die() { printf 'deploy: %s\n' "$*" >&2; exit 1; }

. ci/heroku/host.sh
. ci/turn.sh

missing=''
for variable in $host_variables RUNTIME_IMAGE; do
  eval "value=\${$variable:-}"
  [ -n "$value" ] || missing="$missing $variable"
done
if [ -n "$missing" ]; then
  printf 'deploy: these CI/CD variables are not set:%s\n' "$missing" >&2
  if [ "${CI_COMMIT_REF_PROTECTED:-}" != true ]; then
    printf 'The branch "%s" is not protected, and protected variables reach pipelines of protected branches only.\n' "${CI_COMMIT_REF_NAME:-}" >&2
  else
    printf 'Set them in this project under Settings -> CI/CD -> Variables.\n' >&2
  fi
  exit 1
fi

work=$(mktemp -d)
# An engine may serve jobs of several GitLabs, whose numbers are the same.
job=${CI_JOB_ID:-$$}-${work##*.}
helper='' container=''
clean_up() {
  for name in $helper $container; do docker rm --force "$name" >/dev/null 2>&1 || true; done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

. ci/docker.sh

case $RUNTIME_IMAGE in
  "${CI_REGISTRY:-none}"/*) log_in "$CI_REGISTRY" "$CI_REGISTRY_USER" "$CI_REGISTRY_PASSWORD" ;;
esac
# Containers of this job read their standard input and end with it: when this job ends, however it ends. Nobody but this
# shell keeps the other end of the pipe for long.
mkfifo "$work/alive"
exec 4<>"$work/alive"
start_container() { # name option ... image command ...; what it says is in $work/NAME
  docker run --rm --interactive --name "$@" <"$work/alive" 4>&- >"$work/$1" 2>&1 &
  # One that the engine calls running may be about to fail, such as one of another platform.
  until docker exec "$1" true >/dev/null 2>&1; do
    kill -0 $! 2>/dev/null || return 1
    sleep 0.1
  done
}

# Python for this job.
helper=deploy-helper-$job
if ! start_container "$helper" --network host --user 10000:0 "$RUNTIME_IMAGE" cat; then
  cat "$work/$helper" >&2
  platform=$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$RUNTIME_IMAGE" 2>/dev/null) &&
    check_platform "$RUNTIME_IMAGE" "$platform"
  die "the runtime image $RUNTIME_IMAGE cannot be run."
fi
python() { docker exec --interactive "$helper" python -c "$@"; }
request=$(cat ci/request.py)
json() { # python expression of `it`, the document on standard input
  python "import json, sys; it = json.load(sys.stdin); print($1)"
}

newline='
'
send() { # credential body method url [header ...]; sets status and body
  answer=$(printf '%s\n%s' "$1" "$2" | { shift 2 && python "$request" "$@" 'Content-Type: application/json'; })
  status=${answer##*"$newline"}
  body=${answer%"$newline"*}
}

in_time() { [ "$(date +%s)" -lt "$limit" ]; }

# The app first: a wrong name or token is told before anything is built.
host_check

# Asks the models of the folders below $2, at the app's address, until each has answered. Five minutes: a host may let the
# release before answer for some time more (Heroku's preboot: three minutes).
ask() { # check-out folder ...
  say "Asking the models at $app_url"
  (cd "$1" && shift && find "$@" -name model-settings.json -o -name request.json) >"$work/asked"
  tar -cf "$work/questions" -C "$1" -T "$work/asked"
  docker exec --interactive --env "APP_URL=$app_url" --env SECONDS=300 "$helper" \
    python -c "$request$newline$(cat ci/ask-models.py)" <"$work/questions" || die "not every model answers (see above)."
}

# Builds the image of the models of a check-out and tries it as the host runs it. Sets image_id. Fails where one of them
# does not work, with all that was said in $work/said.
make_image() { # check-out commit
  say "Building $image of commit $2"
  sh "$1/ci/build-image.sh" "$image" --label "org.opencontainers.image.revision=$2" \
    --label "org.opencontainers.image.source=${CI_PROJECT_URL:-}" \
    --label "org.opencontainers.image.base.name=$RUNTIME_IMAGE" \
    --label "com.gitlab.ci.pipeline=${CI_PIPELINE_ID:-}" --label "com.gitlab.ci.job=$made_by" >"$work/said" 2>&1 ||
    return 1
  image_id=$(docker inspect --format '{{.Id}}' "$image")
  echo "Built $image_id."

  say "Trying it as $host_name runs it"
  container=deploy-trial-$job
  # shellcheck disable=SC2086 # several options
  if ! start_container "$container" --network none $host_limits --env PORT=5000 "$image_id" \
    sh -c 'exec 3<&0; /usr/local/bin/serve & serve=$!; { cat <&3 >/dev/null; kill $serve; } & wait $serve'; then
    cat "$work/$container" >"$work/said"
    return 1
  fi
  tried=0
  docker exec --interactive "$container" python - <ci/check-models.py >"$work/models" 2>"$work/check" || tried=1
  docker rm --force "$container" >/dev/null 2>&1 || true
  cat "$work/$container" "$work/check" >"$work/said"
  container=''
  [ $tried = 0 ] || return 1
  while IFS='	' read -r name path folder; do echo "ready: $folder"; done <"$work/models"
}

# What to do about a model that does not work, for whoever reads the log of the job that it stopped.
not_released() {
  cat "$work/said" >&2
  sed -n 's/^.* in \(models\/.*\) cannot be loaded.*$/\1/p; s/^.*: \(models\/.*\)\/train\.py failed with code.*$/\1/p' "$work/said" |
    sed "s/.*[^A-Za-z0-9._\/-].*/'&'/" | sort -u | tr '\n' ' ' >"$work/broken"
  if [ -s "$work/broken" ]; then
    cat >&2 <<EOF

Every deployment stops until this is repaired or taken out: $(cat "$work/broken")
To take it out, as somebody who may push to branch ${CI_COMMIT_BRANCH:-main}:
  git clone ${CI_PROJECT_URL:-ADDRESS-OF-THIS-PROJECT}.git mlserver && cd mlserver
  git rm -r --quiet $(cat "$work/broken")
  git commit -m "Take out what cannot be loaded" && git push

EOF
  fi
  die "this image is not released: not every model in it works (see above)."
}

say "Looking at what runs"
host_log_in
take_turn
if [ "$turn" = live ]; then
  echo "$app_url runs commit $live, which has this one in it: there is nothing to deploy."
  printf 'APP_URL=%s\n' "$app_url" >deploy.env
  own_models >"$work/own"
  [ "$answers" = yes ] && [ -s "$work/own" ] || exit 0
  # shellcheck disable=SC2046 # a folder each
  IFS=$newline && ask . $(cat "$work/own")
  exit 0
fi

source=. revision=${CI_COMMIT_SHA:-}
if [ "$turn" = newest ]; then
  echo "The branch has come to commit $newest meanwhile: all of it is deployed at once."
  source=$work/newest
  check_out_newest "$source"
  if make_image "$source" "$newest"; then
    revision=$newest
  else
    cat "$work/said" >&2
    echo "That commit does not work (see above): this one is deployed alone."
    source=. turn=own
  fi
fi
[ "$turn" = newest ] || make_image . "$revision" || not_released

say "Pushing it"
docker push "$image" >"$work/push" 2>&1 || { cat "$work/push" >&2; die "${image%%/*} did not take the image."; }
grep -c 'Pushed' "$work/push" | sed 's/$/ layers were new to the registry./' || true
pushed=$(sed -n 's/^.*digest: \(sha256:[0-9a-f]*\) size: .*$/\1/p' "$work/push")
[ -n "$pushed" ] || { cat "$work/push" >&2; die "docker push says no digest."; }

say "Releasing it to app $app"
host_release "$pushed" "$image_id"
printf 'APP_URL=%s\n' "$app_url" >deploy.env
limit=$(($(date +%s) + 300))
host_wait
[ "$answers" = yes ] || exit 0

ask "$source" models
printf '\nRelease %s of %s is live.\n' "$release" "$app"
