//! The border between wws and Wasmtime: engine, linker and store are owned here, with a store data type
//! of our own, and C++ sees the plain functions of `include/wws_bridge.h`, where the contracts are.
//!
//! | module | what |
//! |---|---|
//! | `config` | one engine configuration for every role of the process |
//! | `engine` | engine and linker, the epoch tick, the list of woken tasks |
//! | `host` | functions and hooks of C++ as seen by a guest; what a store holds |
//! | `module` | compiling, mapping, linking |
//! | `image` | what the initialisation of a module left, kept as data for instances to begin with |
//! | `task` | one call in a fresh instance, polled by the event loop of C++ |
//! | `error` | errors, byte strings, the catch at the border |

mod config;
mod engine;
mod error;
mod host;
mod image;
mod module;
mod task;

/// So that libcurl is part of the library (docs/adr/0017-egress-child.md).
extern crate curl_sys;

// Their C functions are in the library because they are named here.
use wws_redis as _;
use wws_typescript as _;

/// The build must use the corrected page scan (docs/adr/0003-patched-wasmtime.md): with another
/// Wasmtime this constant does not exist, and the crate does not compile.
const _: () = assert!(wasmtime::PoolingAllocationConfig::PAGEMAP_SCAN_CORRECTED);
