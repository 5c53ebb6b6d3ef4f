//! The least that a worker is. Cargo.toml has both ways to build it.

use wasm_workers_rs::{Content, http::Request, worker};

#[worker]
fn hello(_request: Request<()>) -> Content {
    Content::text("hello")
}
