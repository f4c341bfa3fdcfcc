#!/bin/bash
# Commits the files of one model version to the model server's repository, as models/NAME-VERSION/.
#
#   publish-model.sh NAME VERSION FOLDER   publish what FOLDER holds
#   publish-model.sh --check NAME VERSION  check names and variables only
#
#   MLSERVER_REPO    clone URL of the repository, with user and token: https://user:token@host/path.git
#   or, with a deploy key:
#   MLSERVER_SSH_URL          clone URL of the repository by SSH
#   MLSERVER_SSH_KEY          private SSH key in Base64
#   MLSERVER_SSH_KNOWN_HOSTS  host keys of the server, as lines of a known_hosts file
#
#   GIT_USER_NAME, GIT_USER_EMAIL   author of the commit
#   MLSERVER_BRANCH  branch to commit to (default: the repository's default branch)
#
# Safe when several models are published at once: the one that comes second fetches the other's commit and tries
# again. A version that is already there is left alone when its content is the same, and is an error when
# it is not. The token goes to git through the environment only: it is in no URL, argument, file or log. How the key
# goes to ssh is in ssh.sh.
set -euo pipefail

die() { printf 'publish-model: %s\n' "$*" >&2; exit 1; }
# shellcheck source=ssh.sh
. "$(dirname "$0")/ssh.sh"

check_only=''
if [ "${1:-}" = --check ]; then check_only=yes; shift; fi
[ $# -ge 2 ] || die "usage: publish-model.sh [--check] NAME VERSION [FOLDER]"
name=$1 version=$2 folder=${3:-}

way=(MLSERVER_REPO)
if [ -n "${MLSERVER_SSH_URL:-}${MLSERVER_SSH_KEY:-}" ]; then
  way=(MLSERVER_SSH_URL MLSERVER_SSH_KEY MLSERVER_SSH_KNOWN_HOSTS)
fi
missing=''
for variable in "${way[@]}" GIT_USER_NAME GIT_USER_EMAIL; do
  [ -n "${!variable:-}" ] || missing="$missing $variable"
done
if [ -n "$missing" ]; then
  printf 'publish-model: these CI/CD variables are not set:%s\n' "$missing" >&2
  if [ -n "${CI_COMMIT_TAG:-}" ] && [ "${CI_COMMIT_REF_PROTECTED:-}" != true ]; then
    printf 'The tag "%s" is not protected, and protected variables reach pipelines of protected tags only.\n' "$CI_COMMIT_TAG" >&2
    printf 'Use a tag that matches a rule under Settings -> Repository -> Protected tags, such as v1.0.0.\n' >&2
  else
    printf 'Set them in this project under Settings -> CI/CD -> Variables.\n' >&2
  fi
  exit 1
fi

safe='^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'
[[ $name =~ $safe ]] || die "the model name '$name' must be letters, digits, '.', '_' and '-', at most 100."
[[ $version =~ $safe ]] || die "the version '$version' (the tag) must be letters, digits, '.', '_' and '-', at most 100: for example v1.0.0."
[ -z "$check_only" ] || exit 0
[ -f "$folder/model-settings.json" ] || die "the folder '$folder' has no model-settings.json."

work=$(mktemp -d)
trap 'stop_ssh; rm -rf "$work"' EXIT
if [ -n "${MLSERVER_SSH_URL:-}" ]; then start_ssh "$work"; fi

# https://user:token@host/path -> the address without them, and the two for git's credential protocol.
url=${MLSERVER_SSH_URL:-${MLSERVER_REPO:-}} credentials=''
if [[ $url =~ ^(https?://)([^/@]*)@(.*)$ ]]; then
  url=${BASH_REMATCH[1]}${BASH_REMATCH[3]}
  credentials=${BASH_REMATCH[2]}
fi
decode() { local text=${1//\\/\\\\}; printf '%b' "${text//%/\\x}"; }
PUBLISH_USER=$(decode "${credentials%%:*}")
PUBLISH_PASSWORD=''
if [[ $credentials == *:* ]]; then PUBLISH_PASSWORD=$(decode "${credentials#*:}"); fi
unset MLSERVER_REPO credentials

export GIT_TERMINAL_PROMPT=0 LC_ALL=C
export GIT_AUTHOR_NAME=$GIT_USER_NAME GIT_AUTHOR_EMAIL=$GIT_USER_EMAIL
export GIT_COMMITTER_NAME=$GIT_USER_NAME GIT_COMMITTER_EMAIL=$GIT_USER_EMAIL

# Only the git commands that talk to the server get the credentials, from their environment.
# shellcheck disable=SC2016 # the helper expands the variables, not this shell
helper='!f() { if [ "$1" = get ]; then printf "username=%s\npassword=%s\n" "$PUBLISH_USER" "$PUBLISH_PASSWORD"; fi; }; f'
remote() {
  PUBLISH_USER=$PUBLISH_USER PUBLISH_PASSWORD=$PUBLISH_PASSWORD \
    git -c credential.helper= -c credential.helper="$helper" "$@"
}

# What a retry waits, in seconds, with some chance in it so that two of them do not stay in step.
pause() { sleep "$((RANDOM % (2 ** ($1 < 4 ? $1 : 4)))).$((RANDOM % 10))"; }

# Whether what git said is of a connection or a server that may be well the next moment.
is_passing() {
  case $1 in
    *"returned error: 4"[0-9][0-9]*) [[ $1 == *"returned error: 429"* ]]; return ;;
    *"Could not resolve host"* | *"Failed to connect"* | *"Couldn't connect"* | *"Connection reset"* | *"Connection refused"* | \
      *"Connection timed out"* | *"Operation timed out"* | *"early EOF"* | *"hung up unexpectedly"* | *"Empty reply"* | \
      *"GnuTLS recv error"* | *"unexpected disconnect"* | *"returned error: 5"[0-9][0-9]*) return 0 ;;
  esac
  return 1
}

# Runs git with all that it says in $output, again where a connection failed; shown where it fails for good.
watched() {
  local try
  for ((try = 1; ; try++)); do
    output=$(remote "$@" 2>&1) && return
    if [ "$try" -ge 5 ] || ! is_passing "$output"; then break; fi
    printf '%s\nTrying again.\n' "$output" >&2
    pause "$try"
  done
  printf '%s\n' "$output" >&2
  ssh_hint "$output" >&2
  return 1
}

clone=$work/mlserver
target=models/$name-$version

watched clone --quiet --depth 1 --no-tags ${MLSERVER_BRANCH:+--branch "$MLSERVER_BRANCH"} -- "$url" "$clone" ||
  die "cannot clone the model server's repository $url"
cd "$clone"
branch=$(git symbolic-ref --short HEAD)
git rev-parse --quiet --verify HEAD >/dev/null || die "the model server's repository $url has no commit on '$branch' yet."

attempts=30
for ((attempt = 1; attempt <= attempts; attempt++)); do
  if [ -e "$target" ]; then
    if diff -r -- "$folder" "$target" >/dev/null; then
      echo "$target is already there with the same content: nothing to do."
      exit 0
    fi
    diff -rq -- "$folder" "$target" >&2 || true
    die "$target is already there with other content. A published version does not change: make a new tag."
  fi
  mkdir -p "$target"
  cp -R -- "$folder/." "$target/"
  chmod -R u=rwX,go=rX "$target"
  git add --force -- "$target"
  git commit --quiet -m "Release model $name $version" \
    ${CI_COMMIT_SHA:+-m "Trained from commit $CI_COMMIT_SHA of ${CI_PROJECT_PATH:-its project}${CI_PIPELINE_URL:+ by $CI_PIPELINE_URL}"}

  if output=$(remote push --porcelain origin "HEAD:refs/heads/$branch" 2>&1); then
    echo "Pushed $target to $url, branch $branch, commit $(git rev-parse --short HEAD)."
    exit 0
  fi
  if is_passing "$output"; then
    # It may have arrived and the answer got lost: the next attempt finds it there.
    printf '%s\nThe push did not get through (attempt %s of %s): trying again.\n' "$output" "$attempt" "$attempts" >&2
  else
    case $output in
      *"[rejected]"* | *"cannot lock ref"* | *"failed to update ref"* | *"incorrect old value"*)
        echo "Somebody else pushed first (attempt $attempt of $attempts): fetching that and trying again."
        ;;
      *)
        printf '%s\n' "$output" >&2
        ssh_hint "$output" >&2
        die "the push to $url, branch $branch, was refused (see above)."
        ;;
    esac
  fi
  pause "$attempt"
  watched fetch --quiet --depth 1 origin "$branch" || die "cannot fetch from $url"
  # Our one commit is made anew on top of theirs, which also looks again whether the version is there.
  git reset --quiet --hard FETCH_HEAD
  git clean --quiet -ffdx
done
die "$attempts pushes to $url, branch $branch, did not get in before others. Run the job again."
