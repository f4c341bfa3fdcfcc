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
  [ $waited -lt 30 ] || die "no docker engine answers at ${DOCKER_HOST:-/var/run/docker.sock}: $(tail -n 1 "$work/docker")"
  waited=$((waited + 1))
  sleep 1
done

# Log-ins of this job only: with a socket, the engine's machine is used by others too.
DOCKER_CONFIG=$work/config
export DOCKER_CONFIG
mkdir -m 700 "$DOCKER_CONFIG"
log_in() { # registry user password
  printf '%s' "$3" | docker login --username "$2" --password-stdin "$1" >"$work/login" 2>&1 ||
    { cat "$work/login" >&2; die "$1 does not accept the log-in of user '$2'."; }
  echo "Logged in to $1."
}
