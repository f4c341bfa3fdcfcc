#!/bin/bash
# Trains the model of this project and sends it to the model server's repository.
# The same file serves every model project: what differs comes from variables.
#
#   CI_COMMIT_TAG    the tag: it becomes the model's version
#   MODEL_NAME       name of the model, its notebook and its file (default: the project's name)
#   MODEL_EXTENSION  what the notebook writes is MODEL_NAME.MODEL_EXTENSION (default: joblib)
#   MLSERVER_REPO, MLSERVER_SSH_URL, MLSERVER_SSH_KEY, MLSERVER_SSH_KNOWN_HOSTS, GIT_USER_NAME, GIT_USER_EMAIL
#                    see publish-model.sh
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }
die() { printf 'send-model: %s\n' "$*" >&2; exit 1; }

MODEL_NAME=${MODEL_NAME:-${CI_PROJECT_NAME:-}}
MODEL_EXTENSION=${MODEL_EXTENSION:-joblib}
version=${CI_COMMIT_TAG:-}

[ -n "$version" ] || die "CI_COMMIT_TAG is not set: this job is for tags, the tag is the model's version."
[ -n "$MODEL_NAME" ] || die "MODEL_NAME is not set, and neither is CI_PROJECT_NAME."
# Checks the names, and that the variables are there, before minutes are spent on training.
bash ci/publish-model.sh --check "$MODEL_NAME" "$version"

notebook=$MODEL_NAME.ipynb
model=$MODEL_NAME.$MODEL_EXTENSION
for file in "$notebook" requirements.txt model-settings.json; do
  [ -f "$file" ] || die "there is no file '$file' in this project (MODEL_NAME is '$MODEL_NAME')."
done
# shellcheck disable=SC2016 # the placeholder is meant literally
grep -qF '$VERSION' model-settings.json || die 'model-settings.json has no "$VERSION" where the version belongs.'

packages=()
command -v git >/dev/null || packages+=(git)
if [ -n "${MLSERVER_SSH_URL:-}" ] && ! command -v ssh-agent >/dev/null; then packages+=(openssh-client); fi
if [ ${#packages[@]} -gt 0 ]; then
  say "Installing ${packages[*]}, which this image lacks"
  apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# What is installed and the notebook have no use for the token or key: they do not get it.
without_secrets=(env -u MLSERVER_REPO -u MLSERVER_SSH_KEY)

say "Installing the requirements"
if python3 -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)'; then
  # The image has packages of its own, in a virtual environment. Ours stands on it: only what is missing is installed, or
  # what is to have another version. https://docs.python.org/3.11/library/site.html
  python3 -m venv --without-pip .venv
  packages_of() { "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
  packages_of python3 >"$(packages_of .venv/bin/python)/image.pth"
else
  python3 -m venv .venv
fi
"${without_secrets[@]}" .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-compile \
  --no-warn-conflicts -r requirements.txt

say "Running $notebook"
mkdir -p executed
rm -f -- "$model"
"${without_secrets[@]}" .venv/bin/python ci/run-notebook.py "$notebook" "executed/$notebook"
[ -s "$model" ] || die "$notebook ran, but did not write $model."

say "Making version $version"
release=$(mktemp -d)
trap 'rm -rf "$release"' EXIT
cp -- "$model" "$release/"
# A request that the model answers, when the project has one: the deployment tries it.
if [ -f request.json ]; then cp -- request.json "$release/"; fi
# shellcheck disable=SC2016 # the placeholder again
sed 's/\$VERSION/'"$version"'/g' model-settings.json >"$release/model-settings.json"
.venv/bin/python - "$release/model-settings.json" "$MODEL_NAME" "$version" "$model" <<'PYTHON'
import json, sys

path, name, version, uri = sys.argv[1:]
try:
    settings = json.load(open(path))
except ValueError as error:
    sys.exit(f"send-model: model-settings.json is not JSON: {error}")
parameters = settings.get("parameters", {})
for label, found, wanted in [
    ("name", settings.get("name"), name),
    ("parameters.version", parameters.get("version"), version),
    ("parameters.uri", parameters.get("uri"), uri),
]:
    if found != wanted:
        sys.exit(f"send-model: {label} in model-settings.json is {found!r}; it must be {wanted!r}.")
PYTHON

say "Sending it to the model server's repository"
bash ci/publish-model.sh "$MODEL_NAME" "$version" "$release"
