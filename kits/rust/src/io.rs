//! The input and the output of `wws-json` as values, for a `main` without [`worker`](crate::worker): programs that were
//! written so for the first versions of this crate go on as they are.
//!
//! ```no_run
//! use wasm_workers_rs::io::{Input, Output};
//!
//! fn main() -> Result<(), std::io::Error> {
//!     let input = Input::new(std::io::stdin())?;
//!     let text = format!("hello from {}", input.to_http_request().uri().path());
//!     print!("{}", Output::new(&text, 200, None, Some(input.cache_data()), false).to_json()?);
//!     Ok(())
//! }
//! ```

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Read, Stdin};

use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Method, Request, Response};

use crate::answer::decoded;
use crate::command::take_output;
use crate::json::{self, Fields};
use crate::{Content, base64, list, server};

/// What the server gives to a worker.
#[derive(Debug)]
pub struct Input {
    url: String,
    method: String,
    headers: HashMap<String, String>,
    body: String,
    kv: HashMap<String, String>,
    params: HashMap<String, String>,
}

impl Input {
    /// Reads standard input.
    pub fn new(mut reader: Stdin) -> Result<Self, Error> {
        let mut text = String::new();
        reader.read_to_string(&mut text)?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let fields = Fields::parse(text).map_err(|text| Error::new(ErrorKind::InvalidData, text))?;
        Ok(Self {
            url: fields.url,
            method: fields.method,
            headers: fields.headers,
            // Bytes that are no text have no place here; workers that want them take `Vec<u8>` with `#[worker]`.
            body: if fields.is_base64 { String::new() } else { fields.body },
            kv: fields.kv,
            params: fields.params,
        })
    }

    /// The request. Its body is empty if what was sent is no text.
    pub fn to_http_request(&self) -> Request<String> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::from_bytes(self.method.as_bytes()).unwrap_or_default();
        *request.uri_mut() = server::to_uri(self.url.clone().into_bytes(), Vec::new);
        add_headers(&self.headers, request.headers_mut());
        request
    }

    /// The worker's key-value data.
    pub fn cache_data(&self) -> HashMap<String, String> {
        self.kv.clone()
    }

    /// The parameters of the route.
    pub fn params(&self) -> &HashMap<String, String> {
        &self.params
    }
}

fn add_headers(fields: &HashMap<String, String>, headers: &mut HeaderMap) {
    for (name, value) in fields {
        // Kept for as long as the request may be: a program of this kind answers one.
        let (name, value) = (&*name.clone().leak(), &*value.clone().leak());
        list::add_headers(headers, std::iter::once((name.as_bytes(), value.as_bytes())));
    }
}

/// What a worker answers.
#[derive(Debug)]
pub struct Output {
    data: String,
    headers: HashMap<String, String>,
    status: u16,
    kv: HashMap<String, String>,
    base64: bool,
}

impl Output {
    /// `data` is text, or base64 of bytes if `base64` says so. `kv` is all that is left of the key-value data.
    pub fn new(
        data: &str,
        status: u16,
        headers: Option<HashMap<String, String>>,
        kv: Option<HashMap<String, String>>,
        base64: bool,
    ) -> Self {
        Self {
            data: data.to_owned(),
            headers: headers.unwrap_or_default(),
            status,
            kv: kv.unwrap_or_default(),
            base64,
        }
    }

    /// The same of a response. Of headers with one name the last is kept. A stream is run to its end; if it fails, its
    /// answer is what came before.
    pub fn from_response(response: Response<Content>, cache: HashMap<String, String>) -> Self {
        let (head, content) = response.into_parts();
        let mut headers: HashMap<String, String> = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        if let Some(kind) = content.content_type() {
            headers.entry(CONTENT_TYPE.to_string()).or_insert_with(|| kind.to_owned());
        }
        let (data, base64) = match content {
            Content::Text(text) => (text, false),
            Content::Base64(text) => (text, true),
            other => text_or_base64(collected(other)),
        };
        Self { data, headers, status: head.status.as_u16(), kv: cache, base64 }
    }

    /// The object for standard output.
    pub fn to_json(&self) -> Result<String, Error> {
        let mut output = Vec::new();
        output.extend_from_slice(b"{\"data\":");
        json::write_text(&mut output, &self.data);
        output.extend_from_slice(b",\"headers\":");
        json::write_map(&mut output, &self.headers);
        output.extend_from_slice(format!(",\"status\":{},\"kv\":", self.status).as_bytes());
        json::write_map(&mut output, &self.kv);
        output.extend_from_slice(format!(",\"base64\":{}}}", self.base64).as_bytes());
        String::from_utf8(output).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

fn collected(content: Content) -> Vec<u8> {
    match content.bytes() {
        Some(bytes) => bytes.to_vec(),
        None => {
            crate::host::set(&crate::command::Command);
            if let Err(text) = decoded(content).and_then(Content::run) {
                crate::log::error(text);
            }
            take_output()
        }
    }
}

fn text_or_base64(bytes: Vec<u8>) -> (String, bool) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => {
            let mut text = Vec::new();
            base64::encode(error.as_bytes(), &mut text);
            (text.into_iter().map(char::from).collect(), true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_a_request() {
        let input = Input::parse(concat!(
            r#"{"url":"http://a/b?c=1","method":"PUT","headers":{"x-a":"1"},"body":"é\n","kv":{"n":"1"},"#,
            r#""params":{"id":"7"},"new":1}"#
        ))
        .unwrap();
        let request = input.to_http_request();
        assert_eq!(request.method(), "PUT");
        assert_eq!(request.uri(), "http://a/b?c=1");
        assert_eq!(request.headers()["x-a"], "1");
        assert_eq!(request.body(), "é\n");
        assert_eq!(input.cache_data()["n"], "1");
        assert_eq!(input.params()["id"], "7");
        assert!(Input::parse("{}").is_err());
        assert!(Input::parse("").is_err());
    }

    #[test]
    fn a_body_that_is_no_text_is_empty() {
        let input = Input::parse(r#"{"url":"/","method":"PUT","headers":{},"body":"//4=","kv":{},"base64":true}"#).unwrap();
        assert_eq!(input.to_http_request().body(), "");
    }

    #[test]
    fn an_output_is_json() {
        let headers = HashMap::from([("x-a".to_owned(), "\"".to_owned())]);
        let output = Output::new("a\nb", 201, Some(headers), None, false);
        assert_eq!(
            output.to_json().unwrap(),
            r#"{"data":"a\nb","headers":{"x-a":"\""},"status":201,"kv":{},"base64":false}"#
        );
    }

    #[test]
    fn an_output_is_made_of_a_response() {
        let kv = HashMap::from([("n".to_owned(), "1".to_owned())]);
        let json = |content| Output::from_response(Response::new(content), HashMap::new()).to_json().unwrap();
        assert_eq!(
            Output::from_response(Response::new(Content::from("x")), kv).to_json().unwrap(),
            r#"{"data":"x","headers":{},"status":200,"kv":{"n":"1"},"base64":false}"#
        );
        assert!(json(Content::from(vec![0xff, 0xfe])).contains(r#""data":"//4=","#));
        assert!(json(Content::Base64("//4=".into())).contains(r#""data":"//4=","#));
        assert!(json(Content::text("x")).contains(r#"{"content-type":"text/plain; charset=utf-8"}"#));
    }
}
