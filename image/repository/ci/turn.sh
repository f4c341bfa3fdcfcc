# What a deployment does when its turn comes, seen the ones before and after it. Sourced by deploy.sh.
# shellcheck shell=sh disable=SC2154 # variables and functions of deploy.sh
#
# GitLab runs the deployments of a resource group one by one, oldest pipeline first. When many models are published at once,
# most of the waiting ones need no deployment of their own: the first takes along what has come to the branch meanwhile, and
# the next ones find their commit live, ask its models and are done. So each pipeline is green only when its version answers,
# and none takes the app back.
#
# take_turn sets
#   turn      live     the app runs a commit that has this one in it
#             newest   deploy the newest commit of the branch
#             own      deploy this commit alone
#   live      the commit that the app runs, where turn is `live`
#   newest    the newest commit of the branch; empty where it cannot be known
#   made_by   the number of the job whose image this one makes

take_turn() {
  made_by=${CI_JOB_ID:-} turn=own
  read_last
  read_branch
  if [ -n "$last_pipeline" ] && is_return; then
    echo "This takes the app back to what was live before: pipeline $last_pipeline released commit $last_commit last, and this is a retry of pipeline $CI_PIPELINE_ID."
  elif [ -n "$last_pipeline" ] && [ "$last_runtime" = "$RUNTIME_IMAGE" ] && contains "$last_commit" && host_runs; then
    turn=live live=$last_commit
  elif [ -n "$last_pipeline" ] && [ "$CI_PIPELINE_ID" -lt "$last_pipeline" ] && ! contains "$last_commit"; then
    die "a newer deployment was made before this one: pipeline $last_pipeline released commit $last_commit, and this is pipeline $CI_PIPELINE_ID of commit ${CI_COMMIT_SHA:-}. Nothing is released. To take the app back to this commit on purpose, retry this job."
  elif [ -n "$newest" ] && [ "$newest" != "$CI_COMMIT_SHA" ] && contains "$newest" && is_models_alone; then
    turn=newest
  elif [ "$last_pipeline" = "${CI_PIPELINE_ID:-}" ] && [ "$last_commit" = "${CI_COMMIT_SHA:-}" ]; then
    # The same image as then: nothing restarts where nothing changed.
    made_by=$last_job
  fi
}

# The labels of the image that was pushed last say which pipeline made it, and of which commit. What the stack itself or
# another project released has no number to compare with.
read_last() {
  last_pipeline='' last_job='' last_commit='' last_runtime=''
  # An engine that has the layers of the last release does not push them again, either. A new app has none.
  docker pull --quiet "$image" >"$work/pull" 2>&1 || return 0
  [ -n "${CI_PIPELINE_ID:-}" ] || return 0
  docker image inspect --format '{{with .Config.Labels}}{{index . "org.opencontainers.image.source"}}|{{index . "com.gitlab.ci.pipeline"}}|{{index . "com.gitlab.ci.job"}}|{{index . "org.opencontainers.image.revision"}}|{{index . "org.opencontainers.image.base.name"}}{{end}}' \
    "$image" >"$work/last"
  IFS='|' read -r source pipeline job_number commit runtime <"$work/last"
  [ "$source" = "${CI_PROJECT_URL:-}" ] && [ -n "$pipeline" ] && [ -n "$job_number" ] || return 0
  last_pipeline=$pipeline last_job=$job_number last_commit=$commit last_runtime=$runtime
}

# Fetches what has come to the branch since this commit. Without git, or where the job's token may not, this commit is
# deployed alone.
read_branch() {
  newest=''
  [ -n "${CI_COMMIT_BRANCH:-}" ] && [ -n "${CI_REPOSITORY_URL:-}" ] && [ -e .git ] && command -v git >/dev/null || return 0
  # The runner's check-out may belong to another user: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
  GIT_CONFIG_GLOBAL=$work/gitconfig
  GIT_TERMINAL_PROMPT=0
  export GIT_CONFIG_GLOBAL GIT_TERMINAL_PROMPT
  printf '[safe]\n\tdirectory = *\n' >"$GIT_CONFIG_GLOBAL"
  # The token goes to git through the environment alone.
  address=${CI_REPOSITORY_URL%%://*}://${CI_REPOSITORY_URL#*@}
  # shellcheck disable=SC2016 # the helper expands the variable, not this shell
  if git -c credential.helper= \
    -c credential.helper='!f() { if [ "$1" = get ]; then printf "username=gitlab-ci-token\npassword=%s\n" "$CI_JOB_TOKEN"; fi; }; f' \
    fetch --quiet --no-tags "$address" "+refs/heads/$CI_COMMIT_BRANCH:refs/deploy/newest" >"$work/fetch" 2>&1; then
    newest=$(git rev-parse refs/deploy/newest)
  else
    echo "Newer commits cannot be looked for, so this one is deployed alone: $(tail -n 1 "$work/fetch")"
  fi
}

# contains COMMIT: whether that one has this one in it. No, where the history is not known that far.
contains() {
  [ -n "$newest" ] && [ -n "${CI_COMMIT_SHA:-}" ] || return 1
  git merge-base --is-ancestor "$CI_COMMIT_SHA" "$1" 2>/dev/null
}

# Whether models are all that is new: scripts, settings or the runtime's sources are for a pipeline of their own.
is_models_alone() {
  git diff --quiet "$CI_COMMIT_SHA" "$newest" -- . ':(exclude)models'
}

# Whether somebody runs this job again to have an older state back, as GitLab's own rollback does: it was live before, and
# something else was released since. A job that failed was never live: run again, it is one more try.
is_return() {
  [ "$CI_COMMIT_SHA" != "$last_commit" ] || return 1
  was_live || {
    [ $? -ge 2 ] || return 1
    # GitLab did not tell. A job that is run again has a number higher than the last one's.
    [ "$CI_PIPELINE_ID" -lt "$last_pipeline" ] && [ "$CI_JOB_ID" -gt "$last_job" ]
  }
}

# 0 where a deployment of this pipeline has succeeded before, 1 where none has, 2 where GitLab does not tell.
# https://docs.gitlab.com/api/deployments/#list-project-deployments
was_live() {
  [ -n "${CI_API_V4_URL:-}" ] && [ -n "${CI_JOB_TOKEN:-}" ] || return 2
  send "JOB-TOKEN: $CI_JOB_TOKEN" '' GET \
    "$CI_API_V4_URL/projects/$CI_PROJECT_ID/deployments?environment=$CI_ENVIRONMENT_NAME&status=success&order_by=id&sort=desc&per_page=100"
  [ "$status" = 200 ] || return 2
  found=$(printf '%s' "$body" | json "sum((d.get('deployable') or {}).get('pipeline', {}).get('id') == $CI_PIPELINE_ID for d in it)") || return 2
  [ "$found" -gt 0 ]
}

# Writes the files of the newest commit to a folder.
check_out_newest() { # FOLDER
  GIT_INDEX_FILE=$work/index git read-tree "$newest" &&
    GIT_INDEX_FILE=$work/index git checkout-index --all --prefix="$1/"
}

# The model folders that this pipeline's push brought, one a line. Ends the job where the app's commit has one no more.
own_models() {
  before=${CI_COMMIT_BEFORE_SHA:-}
  if git cat-file -e "$before^{commit}" 2>/dev/null; then
    git diff --name-only --diff-filter=d "$before" "$CI_COMMIT_SHA" -- models
  else
    git ls-tree -r --name-only "$CI_COMMIT_SHA" -- models
  fi | sed -n 's|/[^/]*$||p' | sort -u >"$work/touched"
  while IFS= read -r folder; do
    [ -f "$folder/model-settings.json" ] || continue
    git cat-file -e "$live:$folder/model-settings.json" 2>/dev/null ||
      die "$folder was taken out again before it was deployed: commit $live, which the app runs, does not have it."
    echo "$folder"
  done <"$work/touched"
}
