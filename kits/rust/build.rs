//! Finds out who defines `_initialize`, which every worker of the native ABI exports and only one may define.
//!
//! From Rust 1.100 on, rustc links `crt1-reactor.o`, which has it, into each library for WASI. Older ones link nothing
//! there, and then this crate defines it (`__initialize!` in src/native.rs). Flags of the user can change both.

use std::env;
use std::process::Command;

/// The first minor version of Rust 1 that links `crt1-reactor.o` into libraries.
const LINKS_REACTOR: u32 = 100;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(wws_defines_initialize)");
    // Flags are separated by 0x1f there.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_wasi = env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "wasi");
    let has_own_objects = !["=no", "=n", "=off"].iter().any(|no| flags.contains(&format!("link-self-contained{no}")));
    let is_linked =
        flags.contains("crt1-reactor.o") || is_wasi && has_own_objects && minor_version() >= Some(LINKS_REACTOR);
    if !is_linked {
        println!("cargo::rustc-cfg=wws_defines_initialize");
    }
}

/// 95 of `rustc 1.95.0 (...)`.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split('.').nth(1)?.parse().ok()
}
