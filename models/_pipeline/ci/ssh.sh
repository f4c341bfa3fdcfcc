# shellcheck shell=bash
# git over SSH with a deploy key, for publish-model.sh, which reads this file.
#
# The key goes from its variable through a pipe to an agent of its own: it is in no argument and in no file, and the agent
# ends with the script. ssh trusts the host keys of MLSERVER_SSH_KNOWN_HOSTS and nothing that the machine or the user has
# beside them. https://man.openbsd.org/ssh_config

# start_ssh FOLDER: from here on, git reaches the server with the key. The folder is one that nobody else can read.
start_ssh() {
  command -v ssh-agent >/dev/null || die "this image has no ssh: install openssh-client."
  printf '%s\n' "$MLSERVER_SSH_KNOWN_HOSTS" >"$1/known_hosts"
  eval "$(ssh-agent -s)" >/dev/null
  has_agent=yes
  printf '%s' "$MLSERVER_SSH_KEY" | base64 -d 2>/dev/null | ssh-add -q - 2>/dev/null ||
    die "the variable MLSERVER_SSH_KEY is no private SSH key in Base64. The stack sets it: npx pulumi up"
  unset MLSERVER_SSH_KEY
  GIT_SSH_COMMAND="ssh -F none -o BatchMode=yes -o ConnectTimeout=30 -o IdentityFile=none"
  GIT_SSH_COMMAND+=" -o PreferredAuthentications=publickey -o StrictHostKeyChecking=yes -o UpdateHostKeys=no"
  # In quotes of ssh's own, too: it takes several files, and a folder's name may have spaces.
  GIT_SSH_COMMAND+=" -o 'UserKnownHostsFile=\"$1/known_hosts\"' -o GlobalKnownHostsFile=none"
  export GIT_SSH_COMMAND
}

stop_ssh() {
  [ -z "${has_agent:-}" ] || ssh-agent -k >/dev/null
}

# ssh_hint OUTPUT: what a failure of git over SSH means and who can mend it; nothing where it is of another kind.
ssh_hint() {
  case $1 in
    *"Host key verification failed"* | *"host key is known for"*)
      echo "The server showed a host key that is not in MLSERVER_SSH_KNOWN_HOSTS, so it did not get to see the deploy key."
      echo "Whoever runs the stack compares the server's key (ssh-keyscan HOST | ssh-keygen -lf -) with the fingerprints that"
      echo "this GitLab publishes. If they agree, they set it: pulumi config set mlops:gitlabSshKnownHosts, npx pulumi up."
      echo "If they do not, somebody answers in GitLab's place."
      ;;
    *"Permission denied (publickey"* | *"key has expired"*)
      echo "GitLab does not accept the deploy key: it has ended, was removed, or is of a user that is blocked."
      echo "Whoever runs the stack makes a new one: npm run rotate -- --only gitlab"
      ;;
    *"does not have write access"*)
      echo "The deploy key may only read. Whoever runs the stack sees what was changed, and puts it back: npm run drift"
      ;;
    *"not allowed to push code to protected branches"* | *"not allowed to push code to this project"*)
      echo "The deploy key may not push to this branch: the rule under Settings -> Repository -> Protected branches of the"
      echo "server's project does not let it, or the user who made it has left the project."
      echo "Whoever runs the stack sees what was changed, and puts it back: npm run drift"
      ;;
  esac
}
