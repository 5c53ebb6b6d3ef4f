//! The hello of the comparisons as a wasi:http component, for `wasmtime serve`.

use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Hello;

impl Guest for Hello {
    fn handle(_request: IncomingRequest, out: ResponseOutparam) {
        let headers = Fields::new();
        headers.append("content-type", b"text/html").expect("a valid header");
        let response = OutgoingResponse::new(headers);
        let body = response.body().expect("the first body");
        ResponseOutparam::set(out, Ok(response));
        let stream = body.write().expect("the first stream");
        stream.blocking_write_and_flush(b"hello").expect("the body is taken");
        drop(stream);
        OutgoingBody::finish(body, None).expect("the body ends");
    }
}

wasi::http::proxy::export!(Hello);
