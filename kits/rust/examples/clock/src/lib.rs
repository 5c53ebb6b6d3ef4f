//! Server-sent events: clock.wasm at /clock tells the time every second, as long as the client listens.
//!
//! cargo build --release --target wasm32-wasip1, then curl -N localhost:8080/clock

use std::time::{Duration, SystemTime};

use wasm_workers_rs::{Content, events::Event, http::Request, now, sleep, worker};

#[worker]
fn clock(_request: Request<()>) -> Content {
    Content::events(async move |mut events| {
        loop {
            let seconds = now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
            // Fails when the client has left, which ends the worker.
            events.send(Event::new(seconds.to_string()).name("time")).await?;
            sleep(Duration::from_secs(1)).await;
        }
    })
}
