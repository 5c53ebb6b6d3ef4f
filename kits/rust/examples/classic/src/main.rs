//! A worker as they were written for the first version of this crate: a binary, which runs through wws-json.
//!
//! cargo build --release --target wasm32-wasip1, then classic.wasm answers at /classic.

use anyhow::Result;
use wasm_workers_rs::{
    Content,
    http::{self, Request, Response},
    worker,
};

#[worker]
fn handler(req: Request<String>) -> Result<Response<Content>> {
    let page = format!(
        "<!doctype html><title>Rust</title><p>You sent {} {} with {} bytes.</p>\n",
        req.method(),
        req.uri().path(),
        req.body().len()
    );
    Ok(http::Response::builder().status(200).header("x-generated-by", "wasm-workers-server").body(page.into())?)
}
