//! Workers for Wasm Workers Server (wws) in Rust: a function that
//! takes an HTTP request and gives a response, compiled to WebAssembly.
//!
//! ```
//! use wasm_workers_rs::{Content, http::Request, worker};
//!
//! #[worker]
//! fn hello(request: Request<()>) -> Content {
//!     Content::text(format!("hello from {}", request.uri().path()))
//! }
//! # fn main() {}
//! ```
//!
//! # Two ways to run
//!
//! The same source runs in either of the server's ways; the kind of crate chooses:
//!
//! | crate | runs through | |
//! |---|---|---|
//! | library, `crate-type = ["cdylib"]` | the native ABI `wws_v1` | fast; bodies stream; timers; the [key-value store](kv); [outgoing requests](mod@fetch) |
//! | binary | `wws-json`: JSON on standard input and output | what workers of all older versions do; the `cache` |
//!
//! [`worker`] has the details. With `path = "src/main.rs"` in the `[lib]` section and `autobins = false` in
//! `[package]`, a source that was written as a binary becomes native as it is.
//!
//! # Handlers
//!
//! A handler takes an [`http::Request`] of one of these bodies ([`FromBody`]):
//!
//! | body | |
//! |---|---|
//! | `()` | not read at all |
//! | `String` | text; other bytes are answered with 400 |
//! | `Vec<u8>`, [`Bytes`] | all of it |
//! | [`Json<T>`] | what it deserialises to; what does not is answered with 400 |
//! | [`Body`] | a stream, read by the handler |
//!
//! and gives a [`http::Response`] of [`Content`], or of what becomes one, or a [`Content`] alone (status 200), or a
//! `Result` of these whose error can be displayed ([`Answer`]). An error becomes the answer 500 `There was an error
//! running the handler`, and its text goes to the log. It may be an `async fn`.
//!
//! Only what the handler mentions of the request is asked for: see [`worker`].

#![warn(missing_docs)]

#[cfg(all(target_arch = "wasm32", target_os = "wasi", not(target_env = "p1")))]
compile_error!("workers are built for wasm32-wasip1: cargo build --target wasm32-wasip1");

mod answer;
mod base64;
mod body;
mod command;
mod content;
#[cfg(test)]
mod fake;
mod fetch_host;
mod host;
mod join;
#[doc(hidden)]
pub mod json;
#[cfg(feature = "json")]
mod json_body;
mod kv_store;
mod list;
#[doc(hidden)]
pub mod native;
mod renew;
mod server;
mod stream;
mod task;
mod writer;

pub mod bindings;
pub mod events;
pub mod fetch;
pub mod form;
pub mod io;
pub mod kv;
pub mod log;

pub use answer::Answer;
pub use body::{Body, FromBody};
pub use bytes::Bytes;
pub use content::Content;
pub use fetch::fetch;
pub use http;
pub use join::{Elapsed, JoinAll, join, join_all, timeout};
#[cfg(feature = "json")]
pub use json_body::Json;
pub use server::{client_address, now, random, request_id, sent_path, var, vars};
pub use stream::Sender;
pub use task::{Sleep, block_on, pause, sleep};
pub use wasm_workers_rs_macro::{handler, worker};
pub use writer::Writer;

/// The worker's key-value data, for `#[worker(cache)]`: what the handler leaves in it is what the next request finds.
pub type Cache = std::collections::HashMap<String, String>;

/// The parameters of the route, for `#[worker(params)]`: `id` of `/item/7` if the worker is `item/[id].wasm`. Decoded.
pub type Params = std::collections::HashMap<String, String>;

/// Any error: what functions of this crate take where a worker's own code may fail.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A result for handlers that need no other: `?` makes an [`Error`] of every error and of text.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the attribute's expansion calls. Not for others: it changes without notice.
#[doc(hidden)]
pub mod __rt {
    pub use crate::body::Parts;
    pub use crate::task::block_on;
    pub use crate::{json, native};
}

/// The place of [`Cache`] in the first version.
#[doc(hidden)]
pub mod cache {
    pub use crate::Cache;
}
