# How Debian's Rust, which has no target for WASI, links for it; a cdylib has no start-up code.
rust_library_flags="-C linker=wasm-ld-19 -C link-self-contained=no -C link-arg=-L/usr/lib/wasm32-wasi -C link-arg=-lc"
rust_package_flags="-C linker=wasm-ld-19 -C link-self-contained=no -C link-arg=-L/usr/lib/wasm32-wasi -C link-arg=/usr/lib/wasm32-wasi/crt1-command.o -C link-arg=-lc"

# build_rust_package FOLDER TARGET_FOLDER WAY: builds a Rust package for wasm32-wasip1. Sourced.
build_rust_package() {
  if [ "$3" = target ]; then
    cargo build --release --locked --quiet --manifest-path "$1/Cargo.toml" --target wasm32-wasip1 --target-dir "$2"
    return
  fi
  # Without rustup's target the standard library is built too, from Debian's sources and libc.
  RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc \
    RUSTFLAGS="$rust_package_flags" \
    /usr/bin/cargo build --release --quiet --manifest-path "$1/Cargo.toml" --target wasm32-wasip1 \
    -Z build-std=std,panic_abort --target-dir "$2"
}

# build_rust_library: the same for a cdylib.
build_rust_library() {
  if [ "$3" = target ]; then
    cargo build --release --quiet --manifest-path "$1/Cargo.toml" --target wasm32-wasip1 --target-dir "$2"
    return
  fi
  RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc \
    RUSTFLAGS="$rust_library_flags" \
    /usr/bin/cargo build --release --quiet --manifest-path "$1/Cargo.toml" --target wasm32-wasip1 \
    -Z build-std=std,panic_abort --target-dir "$2"
}
