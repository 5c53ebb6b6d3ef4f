//! Counts its requests in the key-value data of its namespace. The cache needs wws-json, so this is a binary.
//!
//! cargo build --release --target wasm32-wasip1, then counter.wasm with a counter.toml beside it:
//!
//!     name = "counter"
//!     version = "1"
//!     [data.kv]
//!     namespace = "counter"

use wasm_workers_rs::{Cache, Content, http::Request, worker};

#[worker(cache)]
fn count(_request: Request<()>, cache: &mut Cache) -> Content {
    let count = cache.get("count").and_then(|count| count.parse::<u64>().ok()).unwrap_or(0) + 1;
    cache.insert("count".into(), count.to_string());
    Content::text(format!("{count}\n"))
}
