//! JSON both ways: orders.wasm answers at /orders.
//!
//! cargo build --release --target wasm32-wasip1, then
//! curl localhost:8080/orders -d '{"item": "tea", "count": 2}'

use serde::{Deserialize, Serialize};
use wasm_workers_rs::http::{Request, Response, StatusCode};
use wasm_workers_rs::{Content, Json, Result, log, worker};

#[derive(Deserialize)]
struct Order {
    item: String,
    count: u32,
}

#[derive(Serialize)]
struct Bill<'a> {
    item: &'a str,
    cents: u32,
}

/// What is no order is answered with 400 before this is called.
#[worker]
fn bill(request: Request<Json<Order>>) -> Result<Response<Content>> {
    let Json(order) = request.into_body();
    let Some(cents) = order.count.checked_mul(250) else {
        return Ok(Response::builder().status(StatusCode::UNPROCESSABLE_ENTITY).body(Content::text("too many\n"))?);
    };
    log::info(format_args!("{} of {}", order.count, order.item));
    let bill = Content::json(&Bill { item: &order.item, cents })?;
    Ok(Response::builder().status(StatusCode::CREATED).body(bill)?)
}
