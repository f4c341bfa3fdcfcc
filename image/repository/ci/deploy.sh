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
#   host_wait        waits, while `in_time`, until this release and no other answers. Sets `release`, its name, and
#                    `answers`: `no` where the app is scaled down to nothing, which it says
# They may use the functions of this file: `die`, `log_in`, `json`, `send` and, from the release on, `in_time`.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
die() { printf 'deploy: %s\n' "$*" >&2; exit 1; }

. ci/heroku/host.sh

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
# Python for this job. It ends and removes itself after half an hour, should this job not live to do it.
helper=deploy-helper-$job
docker run --detach --rm --name "$helper" --network host --user 10000:0 "$RUNTIME_IMAGE" sleep 1800 \
  >"$work/helper" 2>&1 || { cat "$work/helper" >&2; helper=''; die "the runtime image $RUNTIME_IMAGE cannot be run."; }
if ! docker exec "$helper" true >"$work/helper" 2>&1; then
  # The helper has ended and cannot say why any more.
  check_platform "$RUNTIME_IMAGE" "$(docker image inspect --format '{{.Os}}/{{.Architecture}}' "$RUNTIME_IMAGE")"
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

# The labels of the image that was pushed last say which pipeline made it. A job of an older pipeline that comes late, out
# of the order in which GitLab is to start them, would take the app back unnoticed: it ends here. A job that somebody
# retries has a number of its own, higher than the last one's: so an older state can be had back on purpose, as by
# GitLab's own rollback. What the stack itself or another project released has no number to compare with.
check_order() { # sets made_by, the number of the job whose image this one makes
  made_by=${CI_JOB_ID:-}
  # An engine that has the layers of the last release does not push them again, either. A new app has none.
  docker pull --quiet "$image" >"$work/pull" 2>&1 || return 0
  [ -n "${CI_PIPELINE_ID:-}" ] || return 0
  docker image inspect --format '{{with .Config.Labels}}{{index . "org.opencontainers.image.source"}}|{{index . "com.gitlab.ci.pipeline"}}|{{index . "com.gitlab.ci.job"}}|{{index . "org.opencontainers.image.revision"}}{{end}}' \
    "$image" >"$work/last"
  IFS='|' read -r source pipeline last_job commit <"$work/last"
  [ "$source" = "${CI_PROJECT_URL:-}" ] && [ -n "$pipeline" ] && [ -n "$last_job" ] || return 0
  if [ "$CI_PIPELINE_ID" -eq "$pipeline" ]; then
    # The same image as then: nothing restarts where nothing changed.
    made_by=$last_job
  elif [ "$CI_PIPELINE_ID" -lt "$pipeline" ]; then
    [ "$CI_JOB_ID" -gt "$last_job" ] || die "a newer deployment was made before this one: pipeline $pipeline released commit $commit, and this is pipeline $CI_PIPELINE_ID of commit ${CI_COMMIT_SHA:-}. Nothing is released. To take the app back to this commit on purpose, retry this job."
    echo "This takes the app back: pipeline $pipeline released commit $commit last, and this is a retry of pipeline $CI_PIPELINE_ID."
  fi
}

# The app first: a wrong name or token is told before anything is built.
host_check

say "Building $image"
host_log_in
check_order
sh ci/build-image.sh "$image" --label "org.opencontainers.image.revision=${CI_COMMIT_SHA:-}" \
  --label "org.opencontainers.image.source=${CI_PROJECT_URL:-}" \
  --label "com.gitlab.ci.pipeline=${CI_PIPELINE_ID:-}" --label "com.gitlab.ci.job=$made_by" >"$work/build" 2>&1 ||
  { cat "$work/build" >&2; die "the image cannot be built."; }
image_id=$(docker inspect --format '{{.Id}}' "$image")
echo "Built $image_id."

say "Trying it as $host_name runs it"
# It ends and removes itself after two minutes, should this job not live to do it.
container=deploy-trial-$job
# shellcheck disable=SC2086 # several options
docker run --rm --name "$container" --network none $host_limits --env PORT=5000 "$image_id" \
  timeout 120 /usr/local/bin/serve >"$work/trial" 2>&1 &
until [ "$(docker inspect --format '{{.State.Running}}' "$container" 2>/dev/null)" = true ]; do
  kill -0 $! 2>/dev/null || { cat "$work/trial" >&2; die "the image cannot be started."; }
  sleep 0.1
done
if ! docker exec --interactive "$container" python - <ci/check-models.py >"$work/models"; then
  cat "$work/trial" >&2
  die "this image is not released: not every model in it works (see above)."
fi
docker rm --force "$container" >/dev/null 2>&1 || true
container=''
while IFS='	' read -r name path folder; do echo "ready: $folder"; done <"$work/models"

say "Pushing it"
docker push "$image" >"$work/push" 2>&1 || { cat "$work/push" >&2; die "${image%%/*} did not take the image."; }
grep -c 'Pushed' "$work/push" | sed 's/$/ layers were new to the registry./' || true
pushed=$(sed -n 's/^.*digest: \(sha256:[0-9a-f]*\) size: .*$/\1/p' "$work/push")
[ -n "$pushed" ] || { cat "$work/push" >&2; die "docker push says no digest."; }

say "Releasing it to app $app"
host_release "$pushed" "$image_id"
printf 'APP_URL=%s\n' "$app_url" >deploy.env
# Five minutes: a host may let the release before answer for some time more (Heroku's preboot: three minutes).
limit=$(($(date +%s) + 300))
host_wait
[ "$answers" = yes ] || exit 0

say "Asking every model at $app_url"
while IFS='	' read -r name path folder; do
  url=$app_url/mlapi/v2/$path
  while :; do
    if [ -f "$folder/request.json" ]; then
      send '' "$(cat "$folder/request.json")" POST "$url/infer"
    else
      send '' '' GET "$url/ready"
    fi
    [ "$status" != 200 ] || break
    in_time || die "$url answers $status: $(printf '%s' "$body" | head -c 500)"
    sleep 1
  done
  echo "$name answers: $url"
done <"$work/models"
printf '\nRelease %s of %s is live.\n' "$release" "$app"
