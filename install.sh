#!/bin/sh
# Installs modship: downloads a release for this machine, verifies its checksum,
# and moves the program into place. It needs neither root nor anything but curl or wget,
# tar, and sha256sum or shasum.
#
#   curl -fsSL https://github.com/modship/modship/releases/latest/download/install.sh | sh
#
# MODSHIP_VERSION      version to install, such as v0.1.0; default: the latest release
# MODSHIP_INSTALL_DIR  where to; default: /usr/local/bin for root, else ~/.local/bin
# MODSHIP_BASE_URL     where releases are, for a mirror
set -eu

base=${MODSHIP_BASE_URL:-https://github.com/modship/modship/releases}
base=${base%/}

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# download URL FILE
download() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --retry 3 --retry-delay 1 --connect-timeout 20 -o "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q --tries=3 --timeout=20 -O "$2" "$1"
  else
    fail "neither curl nor wget is installed"
  fi || fail "cannot download $1"
}

# sha256 FILE
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1"
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1"
  else
    fail "neither sha256sum nor shasum is installed: the download cannot be verified"
  fi | cut -d ' ' -f 1
}

# platform prints the platform as releases call it.
platform() {
  os=$(uname -s) arch=$(uname -m)
  case "$os/$arch" in
    Linux/x86_64 | Linux/amd64) echo linux_amd64 ;;
    Linux/aarch64 | Linux/arm64) echo linux_arm64 ;;
    Darwin/arm64) echo darwin_arm64 ;;
    *) fail "there is no release for $os on $arch: expected Linux on x86_64 or aarch64, or macOS on arm64" ;;
  esac
}

# directory prints where the program goes.
directory() {
  if [ -n "${MODSHIP_INSTALL_DIR:-}" ]; then
    echo "$MODSHIP_INSTALL_DIR"
  elif [ "$(id -u)" = 0 ]; then
    echo /usr/local/bin
  else
    echo "${HOME:?}/.local/bin"
  fi
}

# Everything is in a function, so that a script cut off in transit does nothing.
main() {
  platform=$(platform)
  dir=$(directory)
  release=$base/latest/download
  if [ -n "${MODSHIP_VERSION:-}" ] && [ "$MODSHIP_VERSION" != latest ]; then
    release=$base/download/v${MODSHIP_VERSION#v}
  fi

  mkdir -p "$dir" || fail "cannot create $dir: set MODSHIP_INSTALL_DIR to a directory of your own"
  # Beside the target, so that the last step is a rename.
  temp=$(mktemp -d "$dir/.modship-install.XXXXXX") || fail "cannot write to $dir: set MODSHIP_INSTALL_DIR to a directory of your own"
  trap 'rm -rf "$temp"' EXIT
  trap 'exit 1' HUP INT TERM

  download "$release/checksums.txt" "$temp/checksums.txt"
  archive=$(sed -n "s/^[0-9a-f]\{64\}  *\(modship_.*_$platform\.tar\.gz\)\$/\1/p" "$temp/checksums.txt")
  [ -n "$archive" ] || fail "$release/checksums.txt names no archive for $platform"
  download "$release/$archive" "$temp/$archive"
  want=$(sed -n "s/^\([0-9a-f]\{64\}\)  *$archive\$/\1/p" "$temp/checksums.txt")
  got=$(sha256 "$temp/$archive")
  [ "$got" = "$want" ] || fail "$archive has the SHA-256 checksum $got, expected $want: nothing was installed"

  tar -xzf "$temp/$archive" -C "$temp" modship || fail "$archive holds no modship"
  "$temp/modship" version >"$temp/version" 2>&1 || fail "the downloaded program does not run here: $(cat "$temp/version")"
  mv -f "$temp/modship" "$dir/modship"
  echo "$(cat "$temp/version"), installed as $dir/modship"
  case ":$PATH:" in
    *":$dir:"*) ;;
    *) echo "$dir is not in PATH: add it, or call $dir/modship" ;;
  esac
}

main "$@"
