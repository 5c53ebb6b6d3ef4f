//! Parameters of the route, in a binary: `item.wasm` as item/[id].wasm answers at /item/7.
//!
//! cargo build --release --target wasm32-wasip1

use wasm_workers_rs::{Content, Params, http::Request, worker};

#[worker(params)]
fn item(_request: Request<()>, params: &Params) -> Content {
    Content::text(format!("item {}\n", params["id"]))
}
