//! The ABI `wws-json` (docs/workers.md): what the `main` of a binary calls. One object on standard input, one on standard
//! output.
//!
//! The process ends with the answer, so the input is never freed, and what is made of it borrows from it.

mod text;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, Write};

use http::header::{CONTENT_TYPE, HeaderMap};
use http::{Method, Request, Response, StatusCode};

use self::text::{Reader, Unexpected};
use crate::answer::{Answer, FAILED};
use crate::body::{Body, FromBody, Parts, Refusal};
use crate::command::{Command, take_output};
use crate::host::{self, Host};
use crate::{Cache, Content, Params, base64, list, log, server};

/// Comes first in `main`.
pub fn enter() {
    host::set(&Command);
    #[cfg(feature = "log")]
    log::install();
}

/// What came on standard input. Objects are as they stand there.
pub struct Input {
    parts: Parts,
    url: &'static str,
    method: &'static str,
    headers: &'static str,
    body: Cow<'static, str>,
    is_base64: bool,
    kv: &'static str,
    params: &'static str,
}

/// Reads the input; what is no input ends the process with 1.
pub fn read(parts: Parts) -> Input {
    let mut bytes = Vec::with_capacity(8 << 10);
    let result = io::stdin().lock().read_to_end(&mut bytes).map_err(|error| error.to_string());
    match result.and_then(|_| parse(bytes.leak(), parts)) {
        Ok(input) => input,
        Err(error) => {
            Command.log(log::ERROR, &format!("standard input is not what wws gives to a worker: {error}"));
            std::process::exit(1);
        }
    }
}

/// The input as values of its own, for [`crate::io`].
pub(crate) struct Fields {
    pub url: String,
    pub method: String,
    pub headers: HashMap<String, String>,
    pub body: String,
    pub is_base64: bool,
    pub kv: HashMap<String, String>,
    pub params: HashMap<String, String>,
}

impl Fields {
    pub fn parse(text: &str) -> Result<Self, String> {
        let all = Parts { method: true, uri: true, headers: true, body: true };
        let input = parse(text.to_owned().leak().as_bytes(), all)?;
        Ok(Self {
            url: input.url.to_owned(),
            method: input.method.to_owned(),
            headers: to_map(input.headers),
            body: input.body.into_owned(),
            is_base64: input.is_base64,
            kv: to_map(input.kv),
            params: to_map(input.params),
        })
    }
}

/// Appends text with its quotes.
pub(crate) fn write_text(output: &mut Vec<u8>, text: &str) {
    text::write(output, text);
}

/// Keys that are not known are left out, and so is what nobody looks at.
fn parse(bytes: &'static [u8], parts: Parts) -> Result<Input, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut input = Input {
        parts,
        url: "",
        method: "",
        headers: "{}",
        body: Cow::Borrowed(""),
        is_base64: false,
        kv: "{}",
        params: "{}",
    };
    let mut reader = Reader::new(text);
    let result = reader.object(|reader, key| {
        match &*key {
            "url" => input.url = kept(reader.string()?),
            "method" => input.method = kept(reader.string()?),
            "headers" => input.headers = reader.raw()?,
            "body" if parts.body => input.body = reader.string()?,
            "base64" => input.is_base64 = reader.is_true()?,
            "kv" => input.kv = reader.raw()?,
            "params" => input.params = reader.raw()?,
            _ => reader.skip()?,
        }
        Ok(())
    });
    match result.and_then(|()| reader.end()) {
        Err(Unexpected { at }) => Err(format!("unexpected text at byte {at}")),
        Ok(()) if input.url.is_empty() => Err("there is no url".into()),
        Ok(()) => Ok(input),
    }
}

/// Text that lasts as long as the process.
fn kept(text: Cow<'static, str>) -> &'static str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => text.leak(),
    }
}

impl Input {
    /// The request, of which the handler looks at some parts. `None`: it was answered.
    pub fn request<B: FromBody>(&mut self) -> Option<Request<B>> {
        let body = match (self.parts.body, B::unread()) {
            (false, Some(body)) => Ok(body),
            _ => self.body().and_then(B::from_body),
        };
        let body = match body {
            Ok(body) => body,
            Err(Refusal::Bad(text)) => {
                self.write_error(StatusCode::BAD_REQUEST, &text);
                return None;
            }
            Err(Refusal::Left) => return None,
        };
        let mut request = Request::new(body);
        if self.parts.method {
            *request.method_mut() = Method::from_bytes(self.method.as_bytes()).unwrap_or_default();
        }
        if self.parts.uri {
            *request.uri_mut() = server::to_uri(self.url.as_bytes(), Vec::new);
        }
        if self.parts.headers {
            read_headers(self.headers, request.headers_mut());
        }
        Some(request)
    }

    fn body(&mut self) -> Result<Body, Refusal> {
        let text = std::mem::take(&mut self.body);
        if self.is_base64 {
            return match base64::decode(&text) {
                Some(bytes) => Ok(bytes.into()),
                None => Err(Refusal::Bad("the body is not base64".into())),
            };
        }
        Ok(match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        })
    }

    /// The parameters of the route.
    pub fn params(&self) -> Params {
        to_map(self.params)
    }

    /// The worker's key-value data.
    pub fn cache(&self) -> Cache {
        to_map(self.kv)
    }

    /// Writes the answer, and the key-value data: what the handler left, or as it was.
    pub fn answer(self, answer: impl Answer, cache: Option<&Cache>) {
        let mut output = Vec::with_capacity(4 << 10);
        match answer.into_response().and_then(|response| self.encode(response, cache, &mut output)) {
            Ok(()) => write_output(&output),
            Err(text) => {
                Command.log(log::ERROR, &text);
                self.write_error(StatusCode::INTERNAL_SERVER_ERROR, FAILED);
            }
        }
    }

    fn write_error(&self, status: StatusCode, text: &str) {
        let mut response = Response::new(Content::text(text.to_owned()));
        *response.status_mut() = status;
        let mut output = Vec::new();
        // Text has no reason to fail.
        if self.encode(response, None, &mut output).is_ok() {
            write_output(&output);
        }
    }

    /// The output object. An error is text for the log.
    fn encode(&self, response: Response<Content>, cache: Option<&Cache>, output: &mut Vec<u8>) -> Result<(), String> {
        let (head, content) = response.into_parts();
        if head.status.as_u16() < 200 {
            return Err(format!("the status {} cannot be answered", head.status.as_u16()));
        }
        let content_type = content.content_type().filter(|_| !head.headers.contains_key(CONTENT_TYPE));
        output.extend_from_slice(b"{\"data\":");
        let mut is_base64 = false;
        let mut write_data = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => text::write(output, text),
            Err(_) => {
                is_base64 = true;
                output.push(b'"');
                base64::encode(bytes, output);
                output.push(b'"');
            }
        };
        if let Some(bytes) = content.bytes() {
            write_data(bytes);
        } else {
            content.run()?;
            write_data(&take_output());
        }
        output.extend_from_slice(b",\"headers\":{");
        write_headers(output, &head.headers, content_type)?;
        output.extend_from_slice(b"},\"status\":");
        output.extend_from_slice(head.status.as_str().as_bytes());
        if is_base64 {
            output.extend_from_slice(b",\"base64\":true");
        }
        output.extend_from_slice(b",\"kv\":");
        match cache {
            Some(cache) => write_map(output, cache),
            None => output.extend_from_slice(self.kv.as_bytes()),
        }
        output.push(b'}');
        Ok(())
    }
}

pub(crate) fn write_map(output: &mut Vec<u8>, map: &HashMap<String, String>) {
    output.push(b'{');
    for (index, (name, value)) in map.iter().enumerate() {
        if index > 0 {
            output.push(b',');
        }
        text::write(output, name);
        output.push(b':');
        text::write(output, value);
    }
    output.push(b'}');
}

/// Fields of an object: text, or an array of it where a name is repeated. And a `content-type`.
fn write_headers(output: &mut Vec<u8>, headers: &HeaderMap, content_type: Option<&str>) -> Result<(), String> {
    if let Some(kind) = content_type {
        output.extend_from_slice(b"\"content-type\":");
        text::write(output, kind);
    }
    for (index, name) in headers.keys().enumerate() {
        if index > 0 || content_type.is_some() {
            output.push(b',');
        }
        text::write(output, name.as_str());
        output.push(b':');
        let mut values = headers
            .get_all(name)
            .iter()
            .map(|value| std::str::from_utf8(value.as_bytes()).map_err(|_| format!("the header {name} is not UTF-8")));
        let Some(first) = values.next() else { continue };
        let Some(second) = values.next() else {
            text::write(output, first?);
            continue;
        };
        output.push(b'[');
        text::write(output, first?);
        for value in std::iter::once(second).chain(values) {
            output.push(b',');
            text::write(output, value?);
        }
        output.push(b']');
    }
    Ok(())
}

fn write_output(output: &[u8]) {
    // The buffer of std::io::stdout would look for newlines.
    #[cfg(any(unix, target_os = "wasi"))]
    let result = {
        use std::os::fd::FromRawFd;
        // SAFETY: standard output is open, and stays so.
        let mut stdout = std::mem::ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(1) });
        stdout.write_all(output)
    };
    #[cfg(not(any(unix, target_os = "wasi")))]
    let result = io::stdout().write_all(output).and_then(|()| io::stdout().flush());
    if let Err(error) = result {
        Command.log(log::ERROR, &format!("the answer could not be written: {error}"));
        std::process::exit(1);
    }
}

/// An object of text. What is something else in it is left out.
fn to_map(text: &str) -> HashMap<String, String> {
    let mut map = HashMap::new();
    _ = Reader::new(text).object(|reader, name| {
        match reader.string() {
            Ok(value) => _ = map.insert(name.into_owned(), value.into_owned()),
            Err(_) => reader.skip()?,
        }
        Ok(())
    });
    map
}

fn read_headers(text: &'static str, headers: &mut HeaderMap) {
    headers.reserve(16);
    // The server sends text only. Were there something else, the fields before it would be here.
    _ = Reader::new(text).object(|reader, name| {
        let (name, value) = (kept(name), kept(reader.string()?));
        list::add_headers(headers, std::iter::once((name.as_bytes(), value.as_bytes())));
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bytes;

    const ALL: Parts = Parts { method: true, uri: true, headers: true, body: true };
    const INPUT: &str = concat!(
        r#"{"url":"http://localhost:8080/api/7?a=%20","method":"PUT","headers":{"host":"a","x-q":"\"q\"","x-é":"no"},"#,
        r#""body":"a\né","kv":{"n":"1"},"params":{"id":"a b"},"new":[{"x":null}]}"#
    );

    fn input(text: &str) -> Input {
        parse(text.to_owned().leak().as_bytes(), ALL).unwrap()
    }

    fn output(input: &Input, response: Response<Content>, cache: Option<&Cache>) -> String {
        let mut output = Vec::new();
        input.encode(response, cache, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_request_is_read() {
        let mut input = input(INPUT);
        let request = input.request::<String>().unwrap();
        assert_eq!(request.method(), "PUT");
        assert_eq!(request.uri(), "http://localhost:8080/api/7?a=%20");
        assert_eq!(request.headers().get("x-q").unwrap(), "\"q\"");
        assert_eq!(request.headers().len(), 2);
        assert_eq!(request.body(), "a\né");
        assert_eq!(input.params()["id"], "a b");
        assert_eq!(input.cache()["n"], "1");
    }

    #[test]
    fn what_nobody_looks_at_is_not_made() {
        let parts = Parts { method: false, uri: true, headers: false, body: false };
        let mut input = parse(INPUT.as_bytes(), parts).unwrap();
        let request = input.request::<String>().unwrap();
        assert_eq!(request.method(), "GET");
        assert_eq!(request.uri().path(), "/api/7");
        assert!(request.headers().is_empty());
        assert!(request.body().is_empty());
    }

    #[test]
    fn the_oldest_input_has_no_parameters() {
        let mut input = input(r#"{"url":"/a?b","method":"GET","headers":{},"body":""}"#);
        assert_eq!(input.request::<String>().unwrap().uri(), "/a?b");
        assert!(input.params().is_empty());
        assert!(input.cache().is_empty());
    }

    #[test]
    fn bytes_are_base64() {
        let text = r#"{"url":"/","method":"POST","headers":{},"body":"/wBh","base64":true}"#;
        assert_eq!(input(text).request::<Vec<u8>>().unwrap().body(), b"\xff\0a");
        assert_eq!(&input(text).request::<Bytes>().unwrap().body()[..], b"\xff\0a");
    }

    #[test]
    fn other_text_is_no_input() {
        for text in ["", "{}", "[]", "{\"url\":1}", "{\"url\":\"/\"} x", "{\"url\":\"/\""] {
            assert!(parse(text.as_bytes(), ALL).is_err(), "{text}");
        }
    }

    #[test]
    fn an_answer_is_written() {
        let input = input(INPUT);
        let response = Response::builder()
            .status(201)
            .header("x-a", "1")
            .header("set-cookie", "a=\"1\"")
            .header("set-cookie", "b=2")
            .body(Content::from("a\"\n\u{1}é"))
            .unwrap();
        assert_eq!(
            output(&input, response, None),
            concat!(
                r#"{"data":"a\"\n\u0001é","headers":{"x-a":"1","set-cookie":["a=\"1\"","b=2"]},"#,
                r#""status":201,"kv":{"n":"1"}}"#
            )
        );
    }

    #[test]
    fn the_cache_is_what_the_handler_left() {
        let cache = Cache::from([("k\"".to_owned(), "v".to_owned())]);
        assert_eq!(
            output(&input(INPUT), Response::new(Content::text("x")), Some(&cache)),
            r#"{"data":"x","headers":{"content-type":"text/plain; charset=utf-8"},"status":200,"kv":{"k\"":"v"}}"#
        );
    }

    #[test]
    fn a_type_among_the_headers_wins() {
        let response = Response::builder()
            .header("content-type", "text/x")
            .body(Content::from(vec![0xff, 0]).with_type("no"))
            .unwrap();
        assert_eq!(
            output(&input(INPUT), response, None),
            r#"{"data":"/wA=","headers":{"content-type":"text/x"},"status":200,"base64":true,"kv":{"n":"1"}}"#
        );
    }

    #[test]
    fn streams_are_collected() {
        let stream = Content::stream(async move |mut out| {
            out.send("one ").await?;
            crate::sleep(std::time::Duration::from_millis(1)).await;
            out.send("two").await?;
            Ok(())
        });
        assert!(output(&input(INPUT), Response::new(stream), None).starts_with(r#"{"data":"one two","#));
        let writer = Content::writer(|out| Ok(out.write_all(b"three")?));
        assert!(output(&input(INPUT), Response::new(writer), None).starts_with(r#"{"data":"three","#));
    }

    #[test]
    fn failures_are_text() {
        let mut output = Vec::new();
        let failing = Content::writer(|_| Err("no luck".into()));
        assert_eq!(input(INPUT).encode(Response::new(failing), None, &mut output).unwrap_err(), "no luck");
        let early = Response::builder().status(101).body(Content::empty()).unwrap();
        assert!(input(INPUT).encode(early, None, &mut output).unwrap_err().contains("101"));
        let latin = Response::builder().header("x-a", &b"\xe9"[..]).body(Content::empty()).unwrap();
        assert!(input(INPUT).encode(latin, None, &mut output).unwrap_err().contains("x-a"));
    }
}
