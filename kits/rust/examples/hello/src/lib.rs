// The least that a worker is: hello.wasm answers at /hello.
//
// Native: cargo build --release --target wasm32-wasip1 --lib
// Through wws-json: cargo build --release --target wasm32-wasip1 --bin hello-json

use wasm_workers_rs::{Content, http::Request, worker};

#[worker]
fn hello(_request: Request<()>) -> Content {
    Content::text("hello")
}
