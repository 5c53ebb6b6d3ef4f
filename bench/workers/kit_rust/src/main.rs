//! Hello with the Rust kit, in the way of its first version. kit_rust_json builds the same source to run through JSON.

use wasm_workers_rs::{Content, Result, http::Request, http::Response, worker};

#[worker]
fn handler(_request: Request<String>) -> Result<Response<Content>> {
    Ok(Response::builder().status(200).header("x-generated-by", "wws").body("hello".into())?)
}
