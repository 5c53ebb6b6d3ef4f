# Debian packages, as root or with sudo; needs lib.sh. Sourced, not run.

updated=no

# install_packages PACKAGES...: gets those that are missing. Quick when none is.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

# apt_install PACKAGES...: gets them, or their newest versions. What hinders it is said in one line.
apt_install() {
  have apt-get || { say "this system has no apt-get; install the equivalents of: $*"; return 1; }
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || { say "not root and no sudo; run as root: apt-get install $*"; return 1; }
    as_root=(sudo)
  fi
  say "installing Debian packages (a minute or two): $*"
  if [ "$updated" = no ]; then
    "${as_root[@]}" apt-get update -qq || { say "apt-get update failed; is there a network?"; return 1; }
    updated=yes
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
    >"$cache/apt.log" 2>&1 && return
  tail -n 20 "$cache/apt.log" >&2
  say "apt-get install failed; the whole log: $cache/apt.log"
  return 1
}
