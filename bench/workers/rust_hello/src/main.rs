//! The hello of the comparisons: what a worker made with the Rust kit of 0.6 to 1.7 does for a request.

use std::collections::HashMap;
use std::io::{stdin, stdout, Read, Write};

use http::{Request, Response};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    url: String,
    method: String,
    headers: HashMap<String, String>,
    body: String,
    #[serde(default)]
    kv: HashMap<String, String>,
}

#[derive(Serialize)]
struct Output {
    data: String,
    headers: HashMap<String, String>,
    status: u16,
    kv: HashMap<String, String>,
    base64: bool,
}

fn handler(_request: Request<String>) -> Response<String> {
    Response::builder().status(200).header("x-generated-by", "wws").body("hello".into()).expect("a valid response")
}

fn to_request(input: &Input) -> Request<String> {
    let mut builder = Request::builder().uri(&input.url).method(input.method.as_str());
    for (name, value) in &input.headers {
        builder = builder.header(name, value);
    }
    builder.body(input.body.clone()).expect("a valid request")
}

fn main() {
    let mut text = String::new();
    stdin().read_to_string(&mut text).expect("standard input is UTF-8");
    let input: Input = serde_json::from_str(&text).expect("the server sends valid input");
    let response = handler(to_request(&input));
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_string()))
        .collect();
    let status = response.status().as_u16();
    let output = Output { data: response.into_body(), headers, status, kv: input.kv, base64: false };
    let json = serde_json::to_string(&output).expect("the output is plain");
    stdout().write_all(json.as_bytes()).expect("standard output can be written");
}
