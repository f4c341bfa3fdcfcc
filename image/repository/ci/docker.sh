# A docker engine for a job, and log-ins of that job alone. Sourced by the scripts beside it, which set
#   work    a folder of their own, which is removed at their end
# and have a function `die`.
# shellcheck shell=sh disable=SC2154

# The runner gives its socket to the job, or a docker-in-docker service beside it.
if [ -z "${DOCKER_HOST:-}" ] && [ ! -S /var/run/docker.sock ]; then
  DOCKER_HOST=tcp://docker:2375
  export DOCKER_HOST
fi
waited=0
until docker version >/dev/null 2>"$work/docker"; do
  [ $waited -lt 90 ] || die "no docker engine answers at ${DOCKER_HOST:-/var/run/docker.sock}: $(tail -n 1 "$work/docker")"
  waited=$((waited + 1))
  sleep 1
done

# Log-ins of this job only: with a socket, the engine's machine is used by others too.
# Docker looks for its plugin for builds beside its configuration, too.
buildx=$(docker info --format '{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}')
DOCKER_CONFIG=$work/config
export DOCKER_CONFIG
mkdir -m 700 "$DOCKER_CONFIG"
if [ -n "$buildx" ]; then
  mkdir "$DOCKER_CONFIG/cli-plugins"
  ln -s "$buildx" "$DOCKER_CONFIG/cli-plugins/docker-buildx"
fi
log_in() { # registry user password
  printf '%s' "$3" | docker login --username "$2" --password-stdin "$1" >"$work/login" 2>&1 ||
    { cat "$work/login" >&2; die "$1 does not accept the log-in of user '$2'."; }
  echo "Logged in to $1."
}

# For a container that ended or a step that failed: ends the job where that is because the engine cannot run programs of
# the image's platform.
check_platform() { # image platform
  docker run --rm --network none --platform "$2" "$1" true >"$work/run" 2>&1 && return 0
  cat "$work/run" >&2
  case $(cat "$work/run") in
    *'exec format error'*) die "this docker engine is $(docker version --format '{{.Server.Os}}/{{.Server.Arch}}') and cannot run programs of $2, which $1 has. Let an engine of that platform run this job, or have this one emulate it: docker run --privileged --rm tonistiigi/binfmt --install all" ;;
  esac
}
