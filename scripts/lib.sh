# Shared by the scripts here: messages, versions, and where tools are. Sourced, not run.

export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/wws-build
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rust_version=1.95
zig_version=0.17.1
npm_node_version=24.19.0  # the Node that npm comes with, where there is no npm
go_fallback=1.25.1
actionlint_version=1.7.12
zizmor_version=1.32.0
hadolint_version=2.15.1
jsonschema_version=4.23.0
kubernetes_validate_version=1.37.0
# Of those that a Go of 1.24 builds.
kustomize_version=5.8.1
helm_version=3.19.5
openapi_validator_version=0.7.1
prometheus_client_version=0.26.0
opentelemetry_proto_version=1.45.2

# What the compilers for workers keep goes where the rest is.
export ZIG_GLOBAL_CACHE_DIR=$cache/zig GOPATH=$cache/go-path GOCACHE=$cache/go-build

say() { echo "$(basename "$0"): $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# at_least HAVE WANT: true when version HAVE is WANT or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

# A cargo of $rust_version or newer: the user's, else Debian's. Empty: none.
find_cargo() {
  local candidate
  for candidate in cargo /usr/bin/cargo; do
    if have "$candidate" && at_least "$("$candidate" --version 2>/dev/null | cut -d' ' -f2)" "$rust_version"; then
      echo "$candidate"
      return
    fi
  done
}

# A go of 1.24 or newer: the user's, else the one that setup put in the cache. Empty: none.
find_go() {
  local candidate
  for candidate in go "$cache/go/bin/go"; do
    if have "$candidate" && at_least "$(GOTOOLCHAIN=local "$candidate" env GOVERSION 2>/dev/null | sed 's/^go//')" 1.24; then
      echo "$candidate"
      return
    fi
  done
}

# have_linter NAME: scripts/setup_linters has put it there.
have_linter() { [ -x "$cache/linters/bin/$1" ]; }

zig() { "$cache/venv/bin/python" -m ziglang "$@"; }
have_zig() { [ "$(zig version 2>/dev/null)" = "$zig_version" ]; }

# How Rust makes wasm32-wasip1: "target" (rustup has it), "build-std" (Debian's sources), or nothing.
rust_wasi_way() {
  if have rustup && rustup target list --installed 2>/dev/null | grep -qx wasm32-wasip1; then
    echo target
  elif [ -x /usr/bin/cargo ] && [ -f /usr/lib/wasm32-wasi/crt1-command.o ] && have wasm-ld-19 &&
    [ -d "$(/usr/bin/rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library" ]; then
    echo build-std
  fi
}
