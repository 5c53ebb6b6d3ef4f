//! Outgoing requests, to where `[features.http_requests]` in the worker's TOML file allows.
//!
//! ```no_run
//! use wasm_workers_rs::{Body, Content, Result, fetch, http::{Request, Response}, worker};
//!
//! #[worker]
//! async fn weather(_request: Request<()>) -> Result<Response<Body>> {
//!     Ok(fetch(Request::get("https://weather.example/today").body(())?).await?)
//! }
//! # fn main() {}
//! ```
//!
//! [`fetch`] begins a request at once and gives a future, so that several are on their way at once with
//! [`join_all`](crate::join_all); where nothing is `async`, [`Fetch::wait`] waits for it. Bodies are [`Body`]s both ways: what a
//! request's stream makes is sent as the other side takes it, and an answer is read as it arrives. Dropping what a request gave
//! breaks it off.
//!
//! Requests are of the native ABI: a worker through `wws-json` has [`bindings`](crate::bindings). In tests on your own machine
//! [`answer_with`] answers them.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response, StatusCode, Uri};

use crate::body::Body;
use crate::fetch_host as server;
use crate::host::{self, ABSENT, AGAIN, CLOSED, INVALID, LIMIT};
use crate::task::Ready;
use crate::{Bytes, block_on, list};

/// The most that is read at a time.
const CHUNK: usize = 64 << 10;

/// Why a request has no answer, or not all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is none: its method, URL or header fields.
    Invalid,
    /// The worker may not send it there, or so; or it may send none.
    NotAllowed,
    /// No such name, or nobody answers there.
    Unreachable,
    /// There is no secure connection to who it should be.
    Tls,
    /// A time limit.
    Timeout,
    /// Too many redirects, one that cannot be followed, or any with [`Redirect::Error`].
    Redirect,
    /// Requests go round through this server.
    Loop,
    /// A body or head above its limit.
    TooLarge,
    /// The other side broke off, or does not speak HTTP.
    Broken,
    /// More requests than the worker may send.
    TooMany,
    /// The server cannot send it now.
    Unavailable,
    /// The client left, and the worker is to end.
    Closed,
}

/// Kinds and the numbers that the ABI has for them.
const CODES: [(ErrorKind, i32); 12] = [
    (ErrorKind::Invalid, INVALID),
    (ErrorKind::NotAllowed, -18),
    (ErrorKind::Unreachable, -19),
    (ErrorKind::Tls, -20),
    (ErrorKind::Timeout, -21),
    (ErrorKind::Redirect, -22),
    (ErrorKind::Loop, -23),
    (ErrorKind::TooLarge, -24),
    (ErrorKind::Broken, -25),
    (ErrorKind::TooMany, -26),
    (ErrorKind::Unavailable, -9),
    (ErrorKind::Closed, CLOSED),
];

impl ErrorKind {
    fn of(code: i32) -> Self {
        match code {
            ABSENT => ErrorKind::NotAllowed,
            LIMIT => ErrorKind::TooMany,
            _ => CODES.iter().find(|(_, known)| *known == code).map_or(ErrorKind::Broken, |(kind, _)| *kind),
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn code(self) -> i32 {
        CODES.iter().find(|(kind, _)| *kind == self).map_or(INVALID, |(_, code)| *code)
    }
}

/// What became of a request instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

impl Error {
    /// For tests: what [`answer_with`]'s function may give.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into() }
    }

    /// Why.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The server's words for it: what, where, what to do.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `number`: the request, if there is one that can be asked.
    #[cold]
    fn of(code: i32, number: Option<u32>) -> Self {
        if code == CLOSED {
            host::note_that_client_left();
        }
        let text = number.and_then(|number| host::fetch(256, |buffer| server::error(number, buffer)));
        let message = match (text, code) {
            (Some(text), _) => list::to_text(&text),
            (None, ABSENT) => "the worker may send no requests: [features.http_requests] in its TOML file".into(),
            (None, LIMIT) => "too many operations are pending".into(),
            (None, CLOSED) => "the client left".into(),
            (None, _) => format!("the request was not sent: {:?}", ErrorKind::of(code)),
        };
        Error { kind: ErrorKind::of(code), message }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The error of a body; the kind that is nearest, and this error in it.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::Closed => io::ErrorKind::BrokenPipe,
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            ErrorKind::Broken => io::ErrorKind::ConnectionAborted,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// What is done with an answer that leads elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirect {
    /// It is followed, as far as the worker may send requests.
    #[default]
    Follow,
    /// It is the answer.
    Manual,
    /// It is an error.
    Error,
}

/// Sends a request. Its URL has scheme and host; its body is whatever becomes a [`Body`]: `()`, text, bytes, a stream.
///
/// The answer is there when its head is; its body is read as it comes. Encodings such as gzip are not undone.
///
/// ```
/// use wasm_workers_rs::{Result, block_on, fetch, http::{Request, Response}};
/// # fetch::answer_with(|request| Ok(Response::new(request.into_body())));
///
/// # let run = || -> Result<()> {
/// let request = Request::post("https://example.com/echo").header("content-type", "text/plain").body("hello")?;
/// let mut response = fetch(request).wait()?;
/// assert_eq!(response.status(), 200);
/// assert_eq!(block_on(response.body_mut().text())?, "hello");
/// # Ok(()) };
/// # run().unwrap();
/// ```
pub fn fetch<B: Into<Body>>(request: Request<B>) -> Fetch {
    fetch_with(request, Redirect::Follow)
}

/// The same, with another way to handle redirects.
pub fn fetch_with<B: Into<Body>>(request: Request<B>, redirect: Redirect) -> Fetch {
    let (head, body) = request.into_parts();
    let mut bytes = Vec::with_capacity(256);
    list::push(&mut bytes, head.method.as_str().as_bytes(), head.uri.to_string().as_bytes());
    for (name, value) in &head.headers {
        list::push(&mut bytes, name.as_str().as_bytes(), value.as_bytes());
    }
    let flags = match redirect {
        Redirect::Follow => 0,
        Redirect::Manual => 2,
        Redirect::Error => 4,
    };
    let (code, upload) = match body.into().into_whole() {
        Ok(whole) => (server::start(&bytes, &whole, flags), None),
        Err(stream) => (server::start(&bytes, b"", flags | server::BODY_STREAMS), Some(Upload::new(stream))),
    };
    let state = match u32::try_from(code) {
        Ok(number) => State::Pending(Exchange { upload, ready: None, operation: Operation(number) }),
        Err(_) => State::Failed(Error::of(code, None)),
    };
    Fetch { state }
}

/// The URL that answered: after redirects another than that of the request.
pub fn url<B>(response: &Response<B>) -> Option<&Uri> {
    response.extensions().get::<FinalUrl>().map(|url| &url.0)
}

#[derive(Clone)]
struct FinalUrl(Uri);

/// For tests on your own machine: this function answers all requests of this thread. Without one they fail.
///
/// ```
/// use wasm_workers_rs::{block_on, fetch, http::{Request, Response}};
///
/// fetch::answer_with(|request| match request.uri().path() {
///     "/today" => Ok(Response::new("rain".into())),
///     _ => Err(fetch::Error::new(fetch::ErrorKind::Unreachable, "nobody there")),
/// });
/// let mut response = fetch(Request::get("https://weather.example/today").body(()).unwrap()).wait().unwrap();
/// assert_eq!(block_on(response.body_mut().text()).unwrap(), "rain");
/// ```
#[cfg(not(target_arch = "wasm32"))]
pub fn answer_with(network: impl FnMut(Request<Bytes>) -> Result<Response<Bytes>, Error> + 'static) {
    server::set_network(Box::new(network));
}

/// An operation of the server, which ends with this.
#[derive(Debug)]
struct Operation(u32);

impl Drop for Operation {
    fn drop(&mut self) {
        server::cancel(self.0);
    }
}

/// A request that is under way. `.await` gives the answer, and so does [`wait`](Fetch::wait). Dropping it breaks the request off.
#[must_use = "what is not waited for is broken off: .await it, or .wait()"]
#[derive(Debug)]
pub struct Fetch {
    state: State,
}

#[derive(Debug)]
enum State {
    Pending(Exchange),
    Failed(Error),
    Done,
}

impl Fetch {
    /// Waits for the answer without `await`: nothing else of this worker goes on.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub fn wait(self) -> Result<Response<Body>, Error> {
        block_on(self)
    }
}

impl Future for Fetch {
    type Output = Result<Response<Body>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = match &mut self.state {
            State::Pending(exchange) => match exchange.poll_head(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(result) => result,
            },
            State::Failed(error) => Err(error.clone()),
            State::Done => panic!("a request is waited for once"),
        };
        let before = std::mem::replace(&mut self.state, State::Done);
        Poll::Ready(match (result, before) {
            (Ok(head), State::Pending(exchange)) => Ok(head.map(|()| Body::of_answer(exchange))),
            (Ok(head), _) => Ok(head.map(Body::from)),
            (Err(error), _) => Err(error),
        })
    }
}

/// A request and its answer. What is left of the request's body is sent whenever the answer is asked for.
#[derive(Debug)]
pub(crate) struct Exchange {
    // Before the operation, so that nothing waits for it when it ends.
    upload: Option<Upload>,
    ready: Option<Ready>,
    operation: Operation,
}

impl Exchange {
    fn number(&self) -> u32 {
        self.operation.0
    }

    /// Sends of the body what can be sent, then asks `function` until it answers something else than `AGAIN`.
    fn poll_code(
        &mut self,
        context: &mut Context<'_>,
        mut function: impl FnMut(u32) -> i32,
    ) -> Poll<Result<i32, Error>> {
        if let Some(upload) = &mut self.upload {
            if let Poll::Ready(result) = upload.poll(self.operation.0, context) {
                self.upload = None;
                result?;
            }
        }
        loop {
            if let Some(ready) = &mut self.ready {
                if Pin::new(ready).poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.ready = None;
            }
            match function(self.number()) {
                AGAIN => self.ready = Some(Ready::new(self.number())),
                code if code < 0 => return Poll::Ready(Err(Error::of(code, Some(self.number())))),
                code => return Poll::Ready(Ok(code)),
            }
        }
    }

    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Result<Response<()>, Error>> {
        self.poll_code(context, server::status).map(|status| {
            let status = status?;
            let mut response = Response::new(());
            let number = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
            *response.status_mut() =
                number.ok_or_else(|| Error::new(ErrorKind::Broken, format!("the answer has the status {status}")))?;
            *response.headers_mut() = self.headers();
            let url = host::fetch(256, |buffer| server::url(self.number(), buffer)).unwrap_or_default();
            if let Ok(url) = Uri::from_maybe_shared(Bytes::from(url)) {
                response.extensions_mut().insert(FinalUrl(url));
            }
            Ok(response)
        })
    }

    fn headers(&self) -> HeaderMap {
        let list = host::fetch(2048, |buffer| server::headers(self.number(), buffer)).unwrap_or_default();
        let mut headers = HeaderMap::new();
        list::copy_headers(&mut headers, &list);
        headers
    }

    /// The next bytes of the answer's body; none at its end.
    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        let mut buffer = Vec::with_capacity(CHUNK);
        let code = self.poll_code(context, |number| server::read(number, buffer.spare_capacity_mut()));
        code.map(|code| {
            let length = usize::try_from(code?).unwrap_or_default();
            // SAFETY: the server has written so many bytes.
            unsafe { buffer.set_len(length) };
            // What is small does not keep the room of a large one.
            if length < CHUNK / 4 {
                buffer.shrink_to_fit();
            }
            Ok(buffer.into())
        })
    }
}

/// A request's body that is sent as it is made.
#[derive(Debug)]
struct Upload {
    body: Body,
    chunk: Bytes,
    ready: Option<Ready>,
    /// Asked for when there was no room the first time.
    room: Option<Operation>,
}

impl Upload {
    fn new(body: Body) -> Self {
        Upload { body, chunk: Bytes::new(), ready: None, room: None }
    }

    /// Sends what can be sent. An error: what makes the body failed.
    fn poll(&mut self, fetch: u32, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            if let Some(ready) = &mut self.ready {
                if Pin::new(ready).poll(context).is_pending() {
                    return Poll::Pending;
                }
                self.ready = None;
            }
            if self.chunk.is_empty() {
                match self.body.poll_chunk(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(Some(chunk))) => self.chunk = chunk,
                    Poll::Ready(Ok(None)) => {
                        server::end(fetch);
                        return Poll::Ready(Ok(()));
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(of_body(&error))),
                }
            }
            match server::write(fetch, &self.chunk) {
                AGAIN => {
                    let room = match &self.room {
                        Some(room) => room.0,
                        None => match u32::try_from(server::room(fetch)) {
                            Ok(room) => self.room.insert(Operation(room)).0,
                            Err(_) => return Poll::Ready(Err(Error::of(LIMIT, None))),
                        },
                    };
                    self.ready = Some(Ready::new(room));
                }
                // It failed: who asks for the answer is told.
                code if code < 0 => return Poll::Ready(Ok(())),
                taken => drop(self.chunk.split_to(usize::try_from(taken).unwrap_or_default())),
            }
        }
    }
}

fn of_body(error: &io::Error) -> Error {
    let kind = if host::client_left() { ErrorKind::Closed } else { ErrorKind::Broken };
    Error::new(kind, format!("the request's body ended: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::Duration;

    use super::*;
    use crate::fetch_host::test;
    use crate::{Content, fake, join, join_all, sleep, timeout};

    /// Answers with what was asked: a line about the head, and the body.
    fn echo(request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        if request.uri().path() == "/fail" {
            return Err(Error::new(ErrorKind::Tls, "the certificate is of yesterday"));
        }
        let (head, body) = request.into_parts();
        let kind = head.headers.get("x-kind").map_or("", |value| value.to_str().unwrap());
        let line = format!("{} {} {kind}\n", head.method, head.uri);
        let mut response = Response::new([line.as_bytes(), &body].concat().into());
        *response.status_mut() = StatusCode::ACCEPTED;
        response.headers_mut().append("x-a", "1".parse().unwrap());
        response.headers_mut().append("x-a", "2".parse().unwrap());
        Ok(response)
    }

    fn get(path: &str) -> Fetch {
        fetch(Request::get(format!("http://upstream{path}")).body(()).unwrap())
    }

    fn text(response: Result<Response<Body>, Error>) -> String {
        block_on(response.unwrap().into_body().text()).unwrap()
    }

    /// Runs it with a network that answers at once, and with one that has to be waited for.
    fn with_network(run: fn()) {
        for is_slow in [false, true] {
            let run = move || {
                fake::install();
                answer_with(echo);
                if is_slow {
                    test::set_slow();
                }
                run();
                assert_eq!(test::pending(), 0);
            };
            std::thread::spawn(run).join().unwrap();
        }
    }

    #[test]
    fn a_request_has_an_answer() {
        with_network(|| {
            let request = Request::put("http://upstream/a?b=c").header("x-kind", "whole").body("the body").unwrap();
            let response = fetch(request).wait().unwrap();
            assert_eq!(response.status(), 202);
            assert_eq!(response.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
            assert_eq!(url(&response).unwrap(), "http://upstream/a?b=c");
            assert_eq!(text(Ok(response)), "PUT http://upstream/a?b=c whole\nthe body");
        });
    }

    #[test]
    fn a_body_is_sent_as_it_is_made() {
        with_network(|| {
            let body = Body::stream(async |mut out| {
                for word in ["one", " ", "", "two and three"] {
                    sleep(Duration::from_secs(1)).await;
                    out.send(word).await?;
                }
                Ok(())
            });
            let request = Request::post("http://upstream/").body(body).unwrap();
            assert_eq!(text(fetch(request).wait()), "POST http://upstream/ \none two and three");
        });
    }

    #[test]
    fn what_makes_a_body_may_fail() {
        with_network(|| {
            let body = Body::stream(async |mut out| {
                out.send("some").await?;
                Err("no more".into())
            });
            let error = fetch(Request::post("http://upstream/").body(body).unwrap()).wait().unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Broken, "the request's body ended: no more"));
        });
    }

    #[test]
    fn the_clients_body_goes_on_to_another() {
        with_network(|| {
            fake::with(|state| state.input = [b"from ".to_vec(), b"the client".to_vec()].into());
            let request = Request::post("http://upstream/").body(Body::of_request()).unwrap();
            assert_eq!(text(fetch(request).wait()), "POST http://upstream/ \nfrom the client");
        });
    }

    #[test]
    fn answers_are_read_in_every_way() {
        with_network(|| {
            let mut read = String::new();
            get("/read").wait().unwrap().into_body().read_to_string(&mut read).unwrap();
            assert_eq!(read, "GET http://upstream/read \n");
            let mut first = [0; 3];
            let mut body = get("/part").wait().unwrap().into_body();
            body.read_exact(&mut first).unwrap();
            assert_eq!(block_on(body.text()).unwrap(), " http://upstream/part \n");
            drop(get("/unread").wait().unwrap());
            assert_eq!(Content::from(Body::from("whole")).bytes(), Some(&b"whole"[..]));
        });
    }

    #[test]
    fn errors_have_a_kind_and_a_text() {
        with_network(|| {
            let error = get("/fail").wait().unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Tls, "the certificate is of yesterday"));
        });
        for (kind, code) in CODES {
            assert_eq!(ErrorKind::of(code), kind);
        }
        assert_eq!(ErrorKind::of(ABSENT), ErrorKind::NotAllowed);
        assert_eq!(io::Error::from(Error::new(ErrorKind::Timeout, "")).kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn requests_overlap() {
        with_network(|| {
            let answers = block_on(join_all((0..10).map(async |number| {
                get(&format!("/{number}")).await?.into_body().text().await.map_err(crate::Error::from)
            })));
            let texts: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
            assert_eq!(texts, (0..10).map(|number| format!("GET http://upstream/{number} \n")).collect::<Vec<_>>());
            let (response, ()) = block_on(join(get("/"), sleep(Duration::from_secs(1))));
            drop(response);
        });
    }

    #[test]
    fn what_is_dropped_ends() {
        with_network(|| {
            drop(get("/"));
            let body = Body::stream(async |_out| std::future::pending().await);
            let request = fetch(Request::post("http://upstream/").body(body).unwrap());
            assert!(block_on(timeout(Duration::from_secs(1), request)).is_err());
        });
    }

    #[test]
    fn a_test_without_a_network_fails() {
        fake::install();
        assert_eq!(get("/").wait().unwrap_err().kind(), ErrorKind::NotAllowed);
    }
}
