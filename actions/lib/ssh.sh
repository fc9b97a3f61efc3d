# shellcheck shell=bash
# Sourced: starts an ssh agent for the run with the keys of the inputs, and adds
# the hosts to the known hosts. The agent ends with the shell.

# trust HOST adds the keys of a host.
trust() {
  local host=$1
  mask "$host"
  mkdir -p ~/.ssh && chmod 700 ~/.ssh
  touch ~/.ssh/known_hosts
  if ! ssh-keygen -F "$host" -f ~/.ssh/known_hosts >/dev/null; then
    ssh-keyscan -H "$host" >>~/.ssh/known_hosts 2>/dev/null ||
      echo "::warning title=modship::the host keys of $host could not be read"
  fi
}

# add KEY HOST
add() {
  mask "$1"
  ssh-add -q - <<<"$1"
  if [[ -n $2 ]]; then
    trust "$2"
  fi
}

if [[ -n ${INPUT_SOURCE_REPO_SSH_KEY:-} || -n ${INPUT_SVACE_ANALYZE_SSH_KEY:-} ]]; then
  # ssh looks in the home of /etc/passwd, and a container job of GitHub has another.
  export GIT_SSH_COMMAND=${GIT_SSH_COMMAND:-"ssh -o UserKnownHostsFile=$HOME/.ssh/known_hosts"}
  eval "$(ssh-agent -s)" >/dev/null
  trap 'ssh-agent -k >/dev/null' EXIT
  if [[ -n ${INPUT_SOURCE_REPO_SSH_KEY:-} ]]; then
    # git@host:path, ssh://git@host:port/path, …
    host=${INPUT_SOURCE_REPO:-}
    host=${host#*://} host=${host#*@} host=${host%%[:/]*}
    add "$INPUT_SOURCE_REPO_SSH_KEY" "$host"
  fi
  if [[ -n ${INPUT_SVACE_ANALYZE_SSH_KEY:-} ]]; then
    add "$INPUT_SVACE_ANALYZE_SSH_KEY" "${INPUT_SVACE_ANALYZE_HOST:-}"
  fi
fi
