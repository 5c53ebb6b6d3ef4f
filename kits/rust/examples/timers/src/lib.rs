//! Futures that overlap: /timers waits for a hundred timers at once, and for no longer than half a second.
//!
//! cargo build --release --target wasm32-wasip1, then curl 'localhost:8080/timers?ms=100'

use std::time::Duration;

use wasm_workers_rs::http::Request;
use wasm_workers_rs::{Content, Result, form, join_all, sleep, timeout, worker};

#[worker]
async fn timers(request: Request<()>) -> Result<Content> {
    let query = request.uri().query().unwrap_or_default();
    let time = match form::value(query, "ms") {
        Some(milliseconds) => Duration::from_millis(milliseconds.parse()?),
        None => Duration::from_millis(100),
    };
    let all = join_all((0..100).map(|_| sleep(time)));
    let answer = match timeout(Duration::from_millis(500), all).await {
        Ok(slept) => format!("{} timers of {time:?}\n", slept.len()),
        Err(elapsed) => format!("{elapsed}\n"),
    };
    Ok(Content::text(answer))
}
