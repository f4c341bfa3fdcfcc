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

host_release() {
  formation=$(heroku PATCH "/apps/$HEROKU_APP/formation" "{\"updates\":[{\"type\":\"web\",\"docker_image\":\"$1\"}]}")
  dynos=$(printf '%s' "$formation" | json 'sum(p["quantity"] for p in it if p["type"] == "web")')
}

host_wait() {
  while :; do
    releases=$(heroku GET "/apps/$HEROKU_APP/releases")
    newest=$(printf '%s' "$releases" | json '"{version} {status}".format(**max(it, key=lambda r: r["version"]))')
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
  if [ "$dynos" -eq 0 ]; then
    echo "The app has no web dyno (heroku ps:scale web=1 --app $HEROKU_APP): there is nothing to ask."
    answers=no
    return
  fi

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
  answers=yes
}

# Calls the Platform API: https://devcenter.heroku.com/articles/platform-api-reference
heroku() { # method path [body]
  send "$HEROKU_API_KEY" "${3:-}" "$1" "$HEROKU_API_URL$2" 'Accept: application/vnd.heroku+json; version=3.docker-releases'
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
