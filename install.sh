#!/bin/sh
# Installs Wasm Workers Server from its releases, or removes it again; --help says how (docs/installing.md).
#
# Everything is in functions, and the last line calls the first of them: of a text that was cut off on its way into
# a shell nothing runs. What is downloaded is checked before it is unpacked, and what is installed is whole at any
# moment: new files are written beside their places and renamed. Only carry_out writes below the prefix.
set -eu

# As packaging/project.env has them, and packaging/release_key.pem, once there is a key; a test compares.
default_releases_url=https://releases.wws.example.org
docs_url=https://docs.wws.example.org
release_key=

export LC_ALL=C # what tools complain of is read below
umask 022

manifest=share/wws/installed
task=install   # or uninstall
place=prefix   # or local: one file in the current folder
prefix=/usr/local
version=       # asked for; else the latest
as_root=       # the command that gets root's rights, where they are needed
work=          # a folder for what is on its way

usage() {
  cat <<END
Installs Wasm Workers Server (wws), or removes it again.

usage: install.sh [--version X] [--prefix DIR | --local]
       install.sh --uninstall [--prefix DIR | --local]

  --version X    this version, and not the latest; also in place of a newer one
  --prefix DIR   below DIR, and not below /usr/local: DIR/bin/wws, DIR/share/man, ...
  --local        the program alone, into the current folder
  --uninstall    remove what was installed, and nothing else
  -h, --help     print this help

WWS_BASE_URL names another place of releases than $default_releases_url.
Where DIR is not yours, sudo or doas is used for the files there.
END
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
wrong() {
  printf 'install.sh: %s\nRun it with --help for the options.\n' "$*" >&2
  exit 2
}
have() { command -v "$1" >/dev/null 2>&1; }
last_line() { tail -n 1 "$work/said"; }

# --- arguments ---

read_arguments() {
  is_prefix_given=no
  while [ $# -gt 0 ]; do
    case $1 in
      --local) place=local ;;
      --uninstall) task=uninstall ;;
      --version=* | --prefix=*)
        name=${1%%=*} value=${1#*=}
        shift
        set -- "$name" "$value" "$@"
        continue
        ;;
      --version | --prefix)
        if [ $# -lt 2 ] || [ -z "$2" ]; then wrong "$1 needs a value"; fi
        if [ "$1" = --version ]; then version=$2; else prefix=$2 is_prefix_given=yes; fi
        shift
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) wrong "there is no option $1" ;;
    esac
    shift
  done
  [ "$place$is_prefix_given" != localyes ] || wrong "--local and --prefix exclude each other"
  [ "$task" = install ] || [ -z "$version" ] || wrong "--uninstall removes whatever version is there: leave --version out"
  version=${version#v}
  [ -z "$version" ] || is_version "$version" || wrong "\"$version\" is not a version such as 2.0.0 or 2.1.0-rc.1"
}

# The prefix as an absolute path. Its parent has to be there, or a slip of the pen would make folders.
find_prefix() {
  if [ "$place" = local ]; then
    prefix=$(pwd)
    program=wws
    return
  fi
  program=bin/wws
  case $prefix in
    *[!/]*) while [ "${prefix%/}" != "$prefix" ]; do prefix=${prefix%/}; done ;;
    *) fail "--prefix $prefix: choose a folder of its own" ;;
  esac
  parent=$(cd "$(dirname -- "$prefix")" 2>/dev/null && pwd) ||
    fail "there is no folder $(dirname -- "$prefix") to make ${prefix##*/} in"
  case ${prefix##*/} in
    . | ..) prefix=$(cd "$prefix" 2>/dev/null && pwd) || fail "there is no folder $prefix" ;;
    *) prefix=${parent%/}/${prefix##*/} ;;
  esac
  [ ! -e "$prefix" ] || [ -d "$prefix" ] || fail "$prefix is not a folder"
}

# --- versions (semver.org, 11) ---

is_version() {
  case $1 in *[!0-9A-Za-z.-]*) return 1 ;; esac
  printf '%s\n' "$1" |
    grep -Eqx '(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?'
}

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac }
sorts_before() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort | head -n 1)" = "$1" ]; }

# Of two identifiers: numbers by their value, whatever their length, and before words.
word_is_lower() {
  if is_number "$1" && is_number "$2" && [ ${#1} -ne ${#2} ]; then
    [ ${#1} -lt ${#2} ]
  elif is_number "$1" && ! is_number "$2"; then
    return 0
  elif is_number "$2" && ! is_number "$1"; then
    return 1
  else
    sorts_before "$1" "$2"
  fi
}

words_are_lower() {
  rest_a=$1. rest_b=$2.
  while [ -n "$rest_a" ] && [ -n "$rest_b" ]; do
    word_a=${rest_a%%.*} word_b=${rest_b%%.*}
    if [ "$word_a" != "$word_b" ]; then
      word_is_lower "$word_a" "$word_b"
      return
    fi
    rest_a=${rest_a#*.} rest_b=${rest_b#*.}
  done
  [ -z "$rest_a" ] && [ -n "$rest_b" ]
}

# is_older A B
is_older() {
  core_a=${1%%-*} core_b=${2%%-*}
  before_release_a=${1#"$core_a"} before_release_b=${2#"$core_b"}
  if [ "$core_a" != "$core_b" ]; then
    words_are_lower "$core_a" "$core_b"
  elif [ -z "$before_release_a" ]; then
    return 1
  elif [ -z "$before_release_b" ]; then
    return 0
  else
    words_are_lower "${before_release_a#-}" "${before_release_b#-}"
  fi
}

# What a program says of itself. Nothing: it is another program, or does not run here.
version_of() {
  "$1" --version 2>/dev/null </dev/null |
    sed -n 's/^wasm-workers-server \([0-9A-Za-z.-]*\).*$/\1/p' | head -n 1
}

# --- the system and its tools ---

find_system() {
  system=$(uname -s)
  case $system in
    Linux) ;;
    Darwin) fail "wws runs on Linux. On macOS use its container image: $docs_url says how" ;;
    MINGW* | MSYS* | CYGWIN*) fail "wws runs on Linux. On Windows install it inside WSL 2: $docs_url says how" ;;
    *) fail "wws runs on Linux, and this is $system; its container image may run here: see $docs_url" ;;
  esac
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    aarch64 | arm64) machine=aarch64 ;;
    *) fail "wws is made for x86_64 and aarch64 (arm64) processors, and this is $machine" ;;
  esac
}

# wget's options depend on whose it is.
find_fetcher() {
  if have curl; then
    fetcher=curl
  elif have wget && ! wget --help 2>&1 | grep -q BusyBox; then
    fetcher=wget
  elif have wget; then
    fetcher='busybox wget'
    fetch_command=wget
  elif have busybox && busybox wget --help >/dev/null 2>&1; then
    fetcher='busybox wget'
    fetch_command='busybox wget'
  else
    fail "curl or wget is needed to download wws: install one of them"
  fi
}

# The first that finds the digest of nothing.
find_hasher() {
  for hasher in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r' 'busybox sha256sum'; do
    digest=$($hasher 2>/dev/null </dev/null | cut -c 1-64) || :
    [ "$digest" != e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ] || return 0
  done
  fail "sha256sum, shasum or openssl is needed to check what is downloaded: install one of them"
}

digest_of() { $hasher <"$1" | cut -c 1-64; }

make_work_folder() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/wws-install.XXXXXX" 2>/dev/null) ||
    fail "no folder can be made in ${TMPDIR:-/tmp}: no space there, or no rights; TMPDIR names another place"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  : >"$work/said"
}

# --- downloads ---

find_releases() {
  releases_url=${WWS_BASE_URL:-$default_releases_url}
  releases_url=${releases_url%/}
  case $releases_url in
    https://*)
      protocols='=https'
      # Who could change the answers could have changed this text as well, which came by the same way: no reason
      # to stop here, but to be said.
      [ "$fetcher" != 'busybox wget' ] ||
        say "Note: busybox wget does not check certificates. With curl or GNU wget it would be known who answers."
      ;;
    http://*) protocols='=http,https' ;;
    *) fail "WWS_BASE_URL is not an address that begins with https:// or http://: $releases_url" ;;
  esac
}

# Where there is no space left, what tools say of it may find none either.
is_full() { ! printf '%1024s' '' 2>/dev/null >"$work/probe"; }

# get URL FILE: on failure $trouble is missing, space or network.
get() {
  : >"$work/said"
  case $fetcher in
    curl)
      curl --fail --silent --show-error --location --proto "$protocols" --proto-redir "$protocols" \
        --retry 2 --connect-timeout 20 --speed-limit 100 --speed-time 30 \
        --output "$2" "$1" 2>"$work/said" </dev/null && return
      ;;
    wget) wget --no-verbose --tries=3 --timeout=30 -O "$2" "$1" 2>"$work/said" </dev/null && return ;;
    *) $fetch_command -q -O "$2" "$1" 2>"$work/said" </dev/null && return ;;
  esac
  case $(cat "$work/said") in
    *' 404'* | *' 403'* | *' 410'*) trouble=missing ;;
    *'No space left'* | *'curl: (23)'* | *'annot write to'* | *'write error'*) trouble=space ;;
    *) if is_full; then trouble=space; else trouble=network; fi ;;
  esac
  return 1
}

# download NAME FILE MISSING: or says why not; MISSING is what it means when the server does not have it.
download() {
  get "$releases_url/$1" "$2" && return
  case $trouble in
    missing) fail "$3" ;;
    space) fail "no space left in $work for $1; TMPDIR names another place. Nothing was changed" ;;
    network) fail "cannot download $releases_url/$1: the network or the server is in the way. Nothing was changed
  $(last_line)" ;;
  esac
}

find_version() {
  [ -z "$version" ] || return 0
  download latest "$work/latest" "$releases_url has no file \"latest\": is the address right?"
  read -r version <"$work/latest" || :
  is_version "$version" || fail "$releases_url/latest does not hold a version: is the address right?"
}

# True where the version is to be installed in place of what is there.
is_wanted() {
  target=$prefix/$program
  [ ! -d "$target" ] || fail "$target is a folder"
  [ -e "$target" ] || [ -L "$target" ] || return 0
  present=$(version_of "$target")
  if [ -z "$present" ]; then
    is_in_manifest "$program" ||
      fail "$target is there, and does not say that it is Wasm Workers Server: move it away, or choose a --prefix"
    say "$target does not run: it is replaced."
  elif [ -n "$asked_for" ]; then
    say "Version $present is in $prefix: it becomes $version."
  elif [ "$present" = "$version" ]; then
    say "Version $version, the latest, is installed in $prefix already."
    return 1
  elif is_older "$version" "$present"; then
    say "Version $present is installed in $prefix, and newer than $version: nothing to do (--version $version gets it)."
    return 1
  else
    say "Version $present is in $prefix: it becomes $version."
  fi
}

# What has a valid signature is the project's, whatever server it came from.
check_signature() {
  [ -n "$release_key" ] || return 0
  have openssl || {
    say "Note: there is no openssl, so that the checksum is checked, and the signature of the project is not."
    return 0
  }
  download "v$version/SHA256SUMS.sig" "$work/signature" "version $version at $releases_url is not signed. Nothing was changed"
  printf '%s\n' "$release_key" >"$work/key"
  openssl dgst -sha256 -verify "$work/key" -signature "$work/signature" "$work/SHA256SUMS" >"$work/said" 2>&1 ||
    fail "version $version at $releases_url is not signed by the project. Nothing was changed; please tell the project"
}

get_archive() {
  archive=wws-$version-linux-$machine.tar.gz
  say "Downloading wws $version for $machine ..."
  download "v$version/SHA256SUMS" "$work/SHA256SUMS" "there is no version $version at $releases_url. Nothing was changed"
  check_signature
  expected=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$work/SHA256SUMS" | head -n 1)
  [ -n "$expected" ] || fail "version $version has no $archive: it is not made for $machine, or its SHA256SUMS is cut off"
  download "v$version/$archive" "$work/$archive" "$releases_url/v$version has no $archive, though its SHA256SUMS names it"
  actual=$(digest_of "$work/$archive")
  [ "$actual" = "$expected" ] || fail "$archive is not what SHA256SUMS says: it was cut off or changed on the way
  expected $expected
  received $actual, $(wc -c <"$work/$archive") bytes
Nothing was changed. Try again; should it stay so, tell the project."
}

# --- what goes where ---

# place_of NAME: where a file of the archive belongs, relative to the prefix.
place_of() {
  case $1 in
    wws) echo bin/wws ;;
    man/*.[15]) echo "share/man/man${1##*.}/${1##*/}" ;;
    completions/wws.bash) echo share/bash-completion/completions/wws ;;
    completions/_wws) echo share/zsh/site-functions/_wws ;;
    completions/wws.fish) echo share/fish/vendor_completions.d/wws.fish ;;
    *) echo "share/doc/wws/$1" ;;
  esac
}

unpack() {
  say "Unpacking ..."
  mkdir "$work/unpacked" "$work/tree"
  tar -xzf "$work/$archive" -C "$work/unpacked" 2>"$work/said" || {
    ! is_full || fail "no space left in $work to unpack; TMPDIR names another place"
    fail "$archive cannot be unpacked: $(last_line)"
  }
  top=$work/unpacked/${archive%.tar.gz}
  [ -f "$top/wws" ] || fail "$archive holds no ${archive%.tar.gz}/wws"
  try_program "$top/wws"
  if [ "$place" = local ]; then
    mv "$top/wws" "$work/tree/wws"
    return
  fi
  (cd "$top" && find . -type f) | while read -r file; do
    path=$(place_of "${file#./}")
    mkdir -p "$work/tree/$(dirname -- "$path")"
    mv "$top/${file#./}" "$work/tree/$path"
  done
}

# What does not run here replaces nothing.
try_program() {
  [ "$(version_of "$1")" != "$version" ] || return 0
  printf '#!/bin/sh\n' >"$work/probe"
  chmod 700 "$work/probe"
  "$work/probe" 2>/dev/null || return 0 # no program may run there (noexec): that says nothing about this one
  "$1" --version >"$work/said" 2>&1 </dev/null || :
  fail "wws $version does not run on this system: $(last_line). Nothing was changed"
}

is_in_manifest() {
  [ -f "$prefix/$manifest" ] && grep -q "^file [0-9a-f]* $1\$" "$prefix/$manifest"
}

# The manifest and the steps of an installation. From the first step to the last the manifest has the files of both
# versions: who is killed between them leaves nothing that is not known.
plan_installation() {
  : >"$work/steps"
  if [ "$place" = local ]; then
    echo "file 755 wws" >"$work/steps"
    return
  fi
  old=/dev/null
  [ ! -f "$prefix/$manifest" ] || old=$prefix/$manifest
  mkdir -p "$work/tree/${manifest%/*}"
  {
    echo "# Put here by install.sh. With --uninstall it removes these files, where nobody changed them, and these"
    echo "# folders, where they are empty."
    echo "version $version"
    (cd "$work/tree" && find . -type d) | sort | while read -r folder; do
      folder=${folder#./}
      if [ ! -d "$prefix/$folder" ] || [ "$folder" = share/wws ] || grep -qx "folder $folder" "$old"; then
        echo "folder $folder"
      fi
    done
    (cd "$work/tree" && find . -type f) | sort | while read -r file; do
      echo "file $(digest_of "$work/tree/$file") ${file#./}"
    done
  } >"$work/installed"
  # Folders of an older version that this one has no use for stay known until they are empty.
  cat "$work/installed" "$old" >"$work/tree/$manifest"
  {
    for folder in . share share/wws; do
      if grep -qx "folder $folder" "$work/installed"; then echo "folder 755 $folder"; fi
    done
    echo "first 644 $manifest"
    sed -n 's/^folder /folder 755 /p' "$work/installed"
    sed -n 's/^file [0-9a-f]* //p' "$work/installed" | grep -vx "$program" | sed 's/^/file 644 /'
    echo "file 755 $program" # last of all
  } >"$work/steps"
  sed -n 's/^file [0-9a-f]* //p' "$old" | while read -r path; do
    grep -q "^file [0-9a-f]* $path\$" "$work/installed" || plan_removal "$path"
  done
  sed -n 's/^folder //p' "$old" | sort -r | while read -r path; do
    grep -qx "folder $path" "$work/installed" || echo "empty - $path" >>"$work/steps"
  done
  (cd "$work/tree" && find . -type d) | while read -r folder; do plan_cleaning "${folder#./}"; done
  echo "last 644 $manifest" >>"$work/steps"
}

# Only what is as it was put there.
plan_removal() {
  case /$1/ in */../* | //*) return 0 ;; esac # not of our making
  [ -f "$prefix/$1" ] || return 0
  if grep -qx "file $(digest_of "$prefix/$1") $1" "$prefix/$manifest"; then
    echo "gone - $1" >>"$work/steps"
  else
    say "$prefix/$1 was changed since it was installed: it stays."
  fi
}

# An end that nobody has waited for yet is one all the same.
is_running() { [ -d "/proc/$1" ] && ! grep -q '^State:[^A-Z]*Z' "/proc/$1/status" 2>/dev/null; }

# What runs that were killed have left in a folder.
plan_cleaning() {
  for left in "$prefix/$1"/.wws-install.*; do
    process=${left##*/.wws-install.}
    process=${process%%.*}
    if [ -e "$left" ] && ! is_running "$process"; then echo "gone - $1/${left##*/}" >>"$work/steps"; fi
  done
}

# --- the only part that writes below the prefix, and all that root's rights are used for ---

find_rights() {
  lacking=
  while read -r _ _ path; do
    folder=$(dirname -- "$prefix/$path")
    while [ ! -d "$folder" ]; do folder=$(dirname -- "$folder"); done
    [ -w "$folder" ] || lacking=$folder
  done <"$work/steps"
  [ -n "$lacking" ] || return 0
  [ "$(id -u)" -ne 0 ] || fail "$lacking cannot be written to, even by root: is it mounted read-only? --prefix names another place"
  if have sudo; then
    as_root=sudo
  elif have doas; then
    as_root=doas
  else
    fail "$lacking is not yours to write to, and there is no sudo or doas. Run this as root, or choose a place of your
own: --prefix \"\$HOME/.local\", or --local for the current folder"
  fi
  say "$lacking belongs to the system: $as_root is used for the files there, and may ask for your password."
}

# Carries out the steps: lines of what, mode and path. A new file is written beside its place and synced; only when
# all are there are they renamed. What fails or is interrupted before leaves nothing behind.
carry_out() {
  find_rights
  : >"$work/said"
  $as_root sh -s -- "$prefix" "$work" <<'END' && return
set -eu
prefix=$1 work=$2 made='' begun=''
umask 022
exec 2>"$work/said"

at() { if [ "$1" = . ]; then printf %s "$prefix"; else printf %s "$prefix/$1"; fi; }
beside() { printf '%s/.wws-install.%s.%s.%s' "$(dirname -- "$prefix/$2")" "$$" "$1" "${2##*/}"; }
flush() { sync "$1" 2>/dev/null || :; }

write() {
  new=$(beside "$1" "$3")
  cp "$4" "$new"
  chmod "$2" "$new"
  flush "$new"
}

# The manifest, at once: what follows is in it.
begin() {
  [ ! -f "$prefix/$2" ] || cp "$prefix/$2" "$(beside before "$2")"
  write first "$1" "$2" "$work/tree/$2"
  begun=yes
  mv -f "$(beside first "$2")" "$prefix/$2"
}

undo() {
  while read -r step mode path; do
    case $step in
      file | last) rm -f "$(beside "$step" "$path")" ;;
      first)
        rm -f "$(beside first "$path")"
        if [ -z "$begun" ]; then
          rm -f "$(beside before "$path")"
        elif [ -f "$(beside before "$path")" ]; then
          mv -f "$(beside before "$path")" "$prefix/$path"
        else
          rm -f "$prefix/$path"
        fi
        ;;
    esac
  done <"$work/steps"
  for path in $made; do rmdir "$(at "$path")" 2>/dev/null || :; done
}

main() {
  trap undo EXIT
  trap 'exit 1' HUP INT TERM
  while read -r step mode path; do
    case $step in
      folder) [ -d "$(at "$path")" ] || { mkdir "$(at "$path")"; made="$path $made"; } ;;
      first) begin "$mode" "$path" ;;
      file) write file "$mode" "$path" "$work/tree/$path" ;;
      last) write last "$mode" "$path" "$work/installed" ;;
    esac
  done <"$work/steps"
  trap - EXIT # what is renamed now stays
  while read -r step mode path; do
    case $step in
      first) rm -f "$(beside before "$path")" ;;
      file | last)
        mv -f "$(beside "$step" "$path")" "$prefix/$path"
        flush "$(dirname -- "$prefix/$path")"
        ;;
      gone) rm -f "$prefix/$path" ;;
      empty) rmdir "$(at "$path")" 2>/dev/null || : ;;
    esac
  done <"$work/steps"
}
main
END
  case $(cat "$work/said") in
    *'No space left'* | *'write error'* | *'quota exceeded'*) fail "no space left in $prefix. Nothing was changed" ;;
    '') fail "$as_root did not get root's rights. Nothing was changed. Run this as root, or choose a place of your own:
--prefix \"\$HOME/.local\", or --local for the current folder" ;;
    *) fail "cannot write to $prefix: $(last_line)" ;;
  esac
}

# --- the two tasks ---

# As a shell reads it.
quoted() {
  case $1 in
    *[!A-Za-z0-9/._-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
  esac
}

how_to_get() { if [ "$fetcher" = curl ]; then echo "curl -fsSL"; else echo "${fetch_command:-wget} -qO-"; fi; }

say_how_to_go_on() {
  options=
  if [ "$place" = local ]; then options=' --local'; elif [ "$prefix" != /usr/local ]; then options=" --prefix $(quoted "$prefix")"; fi
  say "
wws $version is installed: $prefix/$program"
  found=$(command -v wws || :)
  if [ "$place" = local ]; then
    command=./wws
  elif [ "$found" = "$prefix/$program" ]; then
    command=wws
  else
    command=$prefix/$program
    if [ -n "$found" ]; then
      say "Note: \"wws\" alone is $found, which comes first in PATH."
    else
      say "Note: $prefix/bin is not in PATH; a line in ~/.profile adds it: export PATH=\"$prefix/bin:\$PATH\""
    fi
  fi
  say "
  $command .                        serve the folder you are in: http://127.0.0.1:8080/
  $command new hello --lang js      make a project; also ts, c, cpp, go, rust, zig
  $command --help                   all commands

Documentation: $docs_url
To remove it again: $(how_to_get) $releases_url/install.sh | sh -s -- --uninstall$options"
}

install_wws() {
  say "This installs Wasm Workers Server in $prefix."
  find_system
  find_fetcher
  find_releases
  have tar || fail "tar is needed to unpack wws: install it"
  asked_for=$version
  find_version
  is_wanted || return 0
  get_archive
  unpack
  plan_installation
  say "Installing ..."
  carry_out
  say_how_to_go_on
}

uninstall_wws() {
  if [ "$place" = local ]; then
    [ -e wws ] || { say "There is no wws in $prefix: nothing to do."; return 0; }
    [ -n "$(version_of ./wws)" ] || fail "$prefix/wws does not say that it is Wasm Workers Server: it stays"
    echo "gone - wws" >"$work/steps"
  else
    [ -f "$prefix/$manifest" ] || {
      say "Nothing in $prefix was installed by this script: nothing to do."
      return 0
    }
    : >"$work/steps"
    sed -n 's/^file [0-9a-f]* //p' "$prefix/$manifest" | sort -u >"$work/files"
    while read -r path; do plan_removal "$path"; done <"$work/files"
    sed 's,/[^/]*$,,' "$work/files" | sort -u | while read -r folder; do plan_cleaning "$folder"; done
    plan_cleaning "${manifest%/*}"
    echo "gone - $manifest" >>"$work/steps"
    sed -n 's/^folder /empty - /p' "$prefix/$manifest" | grep -v '\.\.' | sort -ru >>"$work/steps"
  fi
  carry_out
  say "wws was removed from $prefix. Projects, and compiled modules in ~/.cache/wws, were not touched."
}

main() {
  read_arguments "$@"
  find_prefix
  make_work_folder
  find_hasher
  if [ "$task" = install ]; then install_wws; else uninstall_wws; fi
}

{ main "$@"; }
