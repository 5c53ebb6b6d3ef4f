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

# fetch_source PACKAGE UPSTREAM_VERSION: the source package as files of the current folder. What apt's list of sources
# has for programs is asked for sources, in a list of its own: the system's stays as it is.
fetch_source() {
  mkdir parts
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [ -f "$file" ] || continue
    case $file in
      *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" >"parts/${file##*/}" ;;
      *.list) sed -n 's/^deb /deb-src /p' "$file" >"parts/${file##*/}" ;;
    esac
  done
  local options=(-qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$PWD/parts"
    -o "Dir::State::Lists=$PWD/lists" -o APT::Sandbox::User=root)
  mkdir -p lists/partial
  # A source of others that has no sources is no reason to give up.
  apt-get "${options[@]}" update >>"$cache/apt.log" 2>&1 || true
  apt-get "${options[@]}" --download-only --only-source source "$1=$(apt-cache "${options[@]}" showsrc "$1" |
    sed -n "s/^Version: \($2-.*\)/\1/p" | head -n1)" >>"$cache/apt.log" 2>&1
}
