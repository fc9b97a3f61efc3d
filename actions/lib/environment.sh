# shellcheck shell=bash
# Sourced: gives the inputs of an action to modship as variables. An input that
# is not given leaves what the workflow has set.

# take VARIABLE VALUE
take() {
  if [[ -n $2 ]]; then
    export "$1=$2"
  fi
}

# mask hides the lines of a value in the log.
mask() {
  local line
  while IFS= read -r line; do
    if [[ -n $line ]]; then
      echo "::add-mask::$line"
    fi
  done <<<"$1"
}

take MODULES_MODULE_SOURCE "${INPUT_SOURCE:-}"
take MODULES_MODULE_NAME "${INPUT_NAME:-}"
take MODULES_MODULE_TAG "${INPUT_TAG:-}"
take RELEASE_CHANNEL "${INPUT_CHANNEL:-}"
take MODULES_REGISTRY "${INPUT_REGISTRY:-}"
take MODULES_REGISTRY_LOGIN "${INPUT_LOGIN:-}"
if [[ -n ${INPUT_PASSWORD:-} ]]; then
  mask "$INPUT_PASSWORD"
  take MODULES_REGISTRY_PASSWORD "$INPUT_PASSWORD"
fi
# Registries take lower case only, and owners and repositories of GitHub may
# have upper case.
if [[ -n ${MODULES_MODULE_SOURCE:-} ]]; then
  export MODULES_MODULE_SOURCE="${MODULES_MODULE_SOURCE,,}"
fi
if [[ -n ${MODULES_MODULE_NAME:-} ]]; then
  export MODULES_MODULE_NAME="${MODULES_MODULE_NAME,,}"
fi
