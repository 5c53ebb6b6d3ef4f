//! Answers a page for the name in the path: /rust/Ferris. The file is [name].wasm.

use std::collections::HashMap;
use std::io::{stdin, stdout, Read};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request {
    method: String,
    headers: HashMap<String, String>,
    params: HashMap<String, String>,
}

#[derive(Serialize)]
struct Response {
    data: String,
    headers: HashMap<&'static str, &'static str>,
    status: u16,
    kv: HashMap<String, String>,
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn handle(request: &Request) -> Response {
    let name = request.params.get("name").map_or("nobody", String::as_str);
    let agent = request.headers.get("user-agent").map_or("something", String::as_str);
    let greeting = std::env::var("GREETING").unwrap_or_else(|_| "Hello".into());
    Response {
        data: format!(
            "<!doctype html><title>Rust</title><p>{}, {}! You sent {} with {}.</p>\n",
            escape(&greeting),
            escape(name),
            escape(&request.method),
            escape(agent)
        ),
        headers: HashMap::from([("content-type", "text/html; charset=utf-8"), ("x-language", "rust")]),
        status: 200,
        kv: HashMap::new(),
    }
}

fn main() {
    let mut input = String::new();
    stdin().read_to_string(&mut input).expect("standard input is UTF-8");
    let request: Request = serde_json::from_str(&input).expect("the server sends valid input");
    serde_json::to_writer(stdout(), &handle(&request)).expect("standard output can be written");
}
