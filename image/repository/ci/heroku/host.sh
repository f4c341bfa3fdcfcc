# Heroku as the host of the server. deploy.sh reads this file; what it needs of a host stands at its top.
# shellcheck shell=sh disable=SC2034 # the variables are for deploy.sh

host_name=Heroku
host_variables='HEROKU_API_KEY HEROKU_APP'
# The memory of the smaller dynos; a user of no name.
host_limits='--memory 512m --user 10000:0'

host_check() {
  HEROKU_API_URL=${HEROKU_API_URL:-https://api.heroku.com}
  HEROKU_API_URL=${HEROKU_API_URL%/}
  HEROKU_REGISTRY=${HEROKU_REGISTRY:-registry.heroku.com}
  found=$(heroku GET "/apps/$HEROKU_APP")
  app=$HEROKU_APP
  app_url=$(printf '%s' "$found" | json 'it["web_url"].rstrip("/")')
  image=$HEROKU_REGISTRY/$HEROKU_APP/web
}

host_log_in() { log_in "$HEROKU_REGISTRY" _ "$HEROKU_API_KEY"; }

# Heroku names an image by the digest of its configuration, as engines once did. With the containerd image store an engine
# names it by its manifest, and only the registry knows the configuration's digest.
# https://devcenter.heroku.com/articles/container-registry-and-runtime#getting-a-docker-image-id
host_release() {
  manifest=$(registry "manifests/$1")
  config=$(printf '%s' "$manifest" | json 'it["config"]["digest"]')
  case $2 in
    "$config" | "$1") ;;
    *) die "the registry has image $config as $1, and $2 was tried: somebody else pushed at the same time. Retry this job." ;;
  esac
  formation=$(heroku PATCH "/apps/$HEROKU_APP/formation" "{\"updates\":[{\"type\":\"web\",\"docker_image\":\"$config\"}]}")
  dynos=$(printf '%s' "$formation" | json 'sum(p["quantity"] for p in it if p["type"] == "web")')
}

# Whether the app runs the image that was pushed last.
host_runs() {
  manifest=$(registry manifests/latest) && config=$(printf '%s' "$manifest" | json 'it["config"]["digest"]') || return 1
  formation=$(heroku GET "/apps/$HEROKU_APP/formation") || return 1
  running=$(printf '%s' "$formation" | json '" ".join((p.get("docker_image") or {}).get("id", "") for p in it if p["type"] == "web")')
  [ "$running" = "$config" ] || return 1
  dynos=$(printf '%s' "$formation" | json 'sum(p["quantity"] for p in it if p["type"] == "web")')
  has_dynos
}

has_dynos() { # sets answers
  answers=yes
  [ "$dynos" -eq 0 ] || return 0
  echo "The app has no web dyno (heroku ps:scale web=1 --app $HEROKU_APP): there is nothing to ask."
  answers=no
}

host_wait() {
  while :; do
    # The newest alone: a list without a range ends at 200. https://devcenter.heroku.com/articles/platform-api-reference#ranges
    releases=$(heroku GET "/apps/$HEROKU_APP/releases" '' 'Range: version ..; max=1, order=desc')
    newest=$(printf '%s' "$releases" | json '"{version} {status}".format(**it[0])')
    version=${newest% *}
    release=v$version
    case $newest in
      *' succeeded') break ;;
      *' failed') die "release $release failed: heroku releases:output $release --app $HEROKU_APP" ;;
    esac
    in_time || die "release $release is still '${newest#* }' after five minutes."
    sleep 2
  done
  echo "Release $release is made."
  has_dynos
  [ "$answers" = yes ] || return 0

  # Dynos of the release before may still answer: wait for the new ones.
  while :; do
    list=$(heroku GET "/apps/$HEROKU_APP/dynos")
    states=$(printf '%s' "$list" | json "\" \".join(sorted(d[\"state\"] if d[\"release\"][\"version\"] >= $version else \"old\" for d in it if d[\"type\"] == \"web\"))")
    case " $states " in
      *' crashed '*) die "a dyno of release $release crashed: heroku logs --app $HEROKU_APP" ;;
      *' old '* | *' starting '* | *' down '* | *' stopping '* | '  ') ;;
      *) break ;;
    esac
    in_time || die "the dynos are '$states' after five minutes: heroku logs --app $HEROKU_APP"
    sleep 1
  done
}

# Calls the Platform API: https://devcenter.heroku.com/articles/platform-api-reference
heroku() { # method path [body [header]]
  send "$HEROKU_API_KEY" "${3:-}" "$1" "$HEROKU_API_URL$2" 'Accept: application/vnd.heroku+json; version=3.docker-releases' \
    ${4:+"$4"}
  case $status in
    2??) printf '%s\n' "$body" ;;
    000) die "Heroku cannot be reached at $HEROKU_API_URL: $body" ;;
    401) die "Heroku does not accept HEROKU_API_KEY (401). Was it revoked, or has it expired?" ;;
    403) die "HEROKU_API_KEY may not do $1 $2 (403): $body" ;;
    404) die "Heroku has no app '$HEROKU_APP' that HEROKU_API_KEY can see (404)." ;;
    422)
      case $body in
        # The job ran before, for the same commit: the release is there.
        *'already running the specified docker image'*) heroku GET "/apps/$HEROKU_APP/formation" ;;
        *) die "Heroku answered 422 to $1 $2: $body" ;;
      esac
      ;;
    *) die "Heroku answered $status to $1 $2: $body" ;;
  esac
}

# Reads from the app's images: https://distribution.github.io/distribution/spec/api/. As docker does, it asks a registry
# on this machine in plain HTTP and any other in HTTPS.
registry() { # path below /v2/APP/web/
  case $HEROKU_REGISTRY in
    127.*:* | localhost:*) scheme=http ;;
    *) scheme=https ;;
  esac
  send "_:$HEROKU_API_KEY" '' GET "$scheme://$HEROKU_REGISTRY/v2/$HEROKU_APP/web/$1" \
    'Accept: application/vnd.docker.distribution.manifest.v2+json'
  case $status in
    200) printf '%s\n' "$body" ;;
    *) die "$HEROKU_REGISTRY answered $status to GET $HEROKU_APP/web/$1: $body" ;;
  esac
}
