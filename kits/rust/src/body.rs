//! Bodies of requests.

use std::future::{Future, poll_fn};
use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::fetch::Exchange;
use crate::host::{AGAIN, Host, REQUEST_BODY, body_error, host};
use crate::stream::{Sender, Stream};
use crate::task::Ready;
use crate::{Bytes, Result as WorkerResult, block_on};

/// The most that one call of [`Body::chunk`] gives.
const CHUNK: usize = 16 << 10;

/// A body as a stream: of a request, `Request<Body>`, and of what [`fetch`](crate::fetch()) sends and gets.
///
/// ```
/// # use wasm_workers_rs::{Body, Content, Result, http::Request};
/// async fn count(mut request: Request<Body>) -> Result<Content> {
///     let mut bytes = 0;
///     while let Some(chunk) = request.body_mut().chunk().await? {
///         bytes += chunk.len();
///     }
///     Ok(Content::text(format!("{bytes} bytes")))
/// }
/// ```
///
/// It can also be read with [`std::io::Read`], which waits and lets nothing else of the worker run. Both fail with
/// [`BrokenPipe`](io::ErrorKind::BrokenPipe) when the client leaves in the middle. Through `wws-json` the body has arrived
/// as a whole before the worker starts.
///
/// `Body::from("text")` is a body too, of what is there already, and [`Body::stream`] one that is made on the way. With the feature `stream` it is a `futures_core::Stream` of its chunks.
#[derive(Debug)]
pub struct Body {
    source: Source,
    /// What was taken from the source and is still to be given.
    left: Bytes,
}

#[derive(Debug)]
enum Source {
    Server(Option<Ready>),
    Memory(Bytes),
    Answer(Box<Exchange>),
    Stream(Stream),
}

impl Body {
    /// The body of the request that is handled, which the server gives piece by piece.
    pub(crate) fn of_request() -> Self {
        Body { source: Source::Server(None), left: Bytes::new() }
    }

    /// The body of an answer to a request of this worker.
    pub(crate) fn of_answer(exchange: Exchange) -> Self {
        Body { source: Source::Answer(Box::new(exchange)), left: Bytes::new() }
    }

    /// A body that is made while it is sent, for requests of this worker: `send` waits while the other side has not taken what
    /// came before. An error breaks the request off.
    ///
    /// ```no_run
    /// use wasm_workers_rs::{Body, Result, fetch, http::Request};
    ///
    /// # async fn upload() -> Result<()> {
    /// let body = Body::stream(async |mut out| {
    ///     for number in 1..=1_000_000 {
    ///         out.send(format!("{number}\n")).await?;
    ///     }
    ///     Ok(())
    /// });
    /// fetch(Request::put("https://example.com/numbers").body(body)?).await?;
    /// # Ok(()) }
    /// ```
    pub fn stream<F, R>(make: F) -> Self
    where
        F: FnOnce(Sender) -> R,
        R: Future<Output = WorkerResult<()>> + 'static,
    {
        Body { source: Source::Stream(Stream::new(make)), left: Bytes::new() }
    }

    /// All of it, if it is there already.
    pub(crate) fn into_whole(self) -> Result<Bytes, Self> {
        match self.source {
            Source::Memory(bytes) if self.left.is_empty() => Ok(bytes),
            source => Err(Body { source, left: self.left }),
        }
    }

    /// The next bytes, at least one, as soon as there are any; `None` at the end.
    ///
    /// # Errors
    ///
    /// The client left before it had sent all.
    pub async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        if !self.left.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.left))));
        }
        let room = match &mut self.source {
            Source::Memory(bytes) => {
                let bytes = std::mem::take(bytes);
                return Poll::Ready(Ok((!bytes.is_empty()).then_some(bytes)));
            }
            Source::Server(room) => room,
            Source::Answer(exchange) => {
                let chunk = std::task::ready!(exchange.poll_chunk(context));
                return Poll::Ready(self.end_of(chunk));
            }
            Source::Stream(stream) => {
                let chunk = std::task::ready!(stream.poll_chunk(context));
                return Poll::Ready(self.end_of(chunk));
            }
        };
        let mut buffer = Vec::with_capacity(CHUNK);
        loop {
            if let Some(ready) = room {
                if Pin::new(ready).poll(context).is_pending() {
                    return Poll::Pending;
                }
                *room = None;
            }
            match read_into(host(), &mut buffer) {
                AGAIN => *room = Some(Ready::new(REQUEST_BODY)),
                0 => {
                    self.source = Source::Memory(Bytes::new());
                    return Poll::Ready(Ok(None));
                }
                code if code < 0 => return Poll::Ready(Err(body_error(code))),
                _ => return Poll::Ready(Ok(Some(buffer.into()))),
            }
        }
    }

    /// Lets go of a source that has ended.
    fn end_of(&mut self, chunk: io::Result<Bytes>) -> io::Result<Option<Bytes>> {
        let is_end = chunk.as_ref().map_or(true, Bytes::is_empty);
        if is_end {
            self.source = Source::Memory(Bytes::new());
        }
        Ok(Some(chunk?).filter(|_| !is_end))
    }

    /// What is left of it, as a whole.
    ///
    /// # Errors
    ///
    /// The client left before it had sent all.
    pub async fn whole(&mut self) -> io::Result<Bytes> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let mut whole = [first, second].concat();
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// What is left of it, as text.
    ///
    /// # Errors
    ///
    /// The client left before it had sent all, or what it sent is not UTF-8
    /// ([`InvalidData`](io::ErrorKind::InvalidData)).
    pub async fn text(&mut self) -> io::Result<String> {
        String::from_utf8(self.whole().await?.into()).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Reads once, into the spare room: the function's answer, and its bytes in the buffer.
fn read_into(host: &(impl Host + ?Sized), buffer: &mut Vec<u8>) -> i32 {
    let code = host.body_read(buffer.spare_capacity_mut());
    if let Ok(length) = usize::try_from(code) {
        // SAFETY: the function has written so many bytes there.
        unsafe { buffer.set_len(buffer.len() + length) };
    }
    code
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::Memory(bytes) => {
                let taken = bytes.split_to(buffer.len().min(bytes.len()));
                buffer[..taken.len()].copy_from_slice(&taken);
                Ok(taken.len())
            }
            Source::Server(_) => loop {
                // SAFETY: the function only writes bytes.
                let space = unsafe { &mut *(std::ptr::from_mut(buffer) as *mut [MaybeUninit<u8>]) };
                match host().body_read(space) {
                    AGAIN => _ = host().wait(&[REQUEST_BODY]),
                    code => return usize::try_from(code).map_err(|_| body_error(code)),
                }
            },
            Source::Answer(_) | Source::Stream(_) => {
                if self.left.is_empty() {
                    self.left = block_on(self.chunk())?.unwrap_or_default();
                }
                let taken = self.left.split_to(buffer.len().min(self.left.len()));
                buffer[..taken.len()].copy_from_slice(&taken);
                Ok(taken.len())
            }
        }
    }

    fn read_to_end(&mut self, whole: &mut Vec<u8>) -> io::Result<usize> {
        let before = whole.len();
        match &mut self.source {
            Source::Memory(bytes) => whole.extend_from_slice(&std::mem::take(bytes)),
            Source::Server(_) => loop {
                if whole.capacity() - whole.len() < CHUNK / 4 {
                    whole.reserve(CHUNK);
                }
                match read_into(host(), whole) {
                    0 => break,
                    AGAIN => _ = host().wait(&[REQUEST_BODY]),
                    code if code < 0 => return Err(body_error(code)),
                    _ => {}
                }
            },
            Source::Answer(_) | Source::Stream(_) => {
                while let Some(chunk) = block_on(self.chunk())? {
                    whole.extend_from_slice(&chunk);
                }
            }
        }
        Ok(whole.len() - before)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Body { source: Source::Memory(bytes), left: Bytes::new() }
    }
}

/// Without a body.
impl From<()> for Body {
    fn from((): ()) -> Self {
        Bytes::new().into()
    }
}

macro_rules! body_from {
    ($($type:ty),*) => {
        $(impl From<$type> for Body {
            fn from(bytes: $type) -> Self {
                Bytes::from(bytes).into()
            }
        })*
    };
}
body_from!(String, &'static str, Vec<u8>, &'static [u8]);

#[cfg(feature = "stream")]
impl futures_core::Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(context).map(io::Result::transpose)
    }
}

/// What of a request its handler looks at: the attribute reads it from the handler's source, so that the rest is not
/// asked for.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Parts {
    pub method: bool,
    pub uri: bool,
    pub headers: bool,
    pub body: bool,
}

/// Why a handler is not called.
#[doc(hidden)]
#[derive(Debug)]
pub enum Refusal {
    /// The client left: nobody is there to be answered.
    Left,
    /// 400, with this text.
    Bad(String),
}

/// What the body of a handler's [`Request`](http::Request) may be: `()`, `String`, `Vec<u8>`, [`Bytes`],
/// [`Json`](crate::Json), [`Body`].
#[diagnostic::on_unimplemented(
    message = "a worker cannot take a `Request<{Self}>`",
    note = "the body can be `()`, `String`, `Vec<u8>`, `Bytes`, `Json<T>` with a `T` that deserialises, or `Body`"
)]
pub trait FromBody: Sized {
    #[doc(hidden)]
    fn from_body(body: Body) -> Result<Self, Refusal>;

    /// What stands for a body that the handler does not look at. `None`: there is no such value.
    #[doc(hidden)]
    #[inline]
    fn unread() -> Option<Self> {
        None
    }
}

impl FromBody for () {
    #[inline]
    fn from_body(_: Body) -> Result<Self, Refusal> {
        Ok(())
    }
}

impl FromBody for Body {
    #[inline]
    fn from_body(body: Body) -> Result<Self, Refusal> {
        Ok(body)
    }
}

impl FromBody for Vec<u8> {
    fn from_body(body: Body) -> Result<Self, Refusal> {
        whole(body)
    }

    #[inline]
    fn unread() -> Option<Self> {
        Some(Vec::new())
    }
}

impl FromBody for Bytes {
    fn from_body(body: Body) -> Result<Self, Refusal> {
        match body.source {
            Source::Memory(bytes) => Ok(bytes),
            _ => whole(body).map(Bytes::from),
        }
    }

    #[inline]
    fn unread() -> Option<Self> {
        Some(Bytes::new())
    }
}

impl FromBody for String {
    fn from_body(body: Body) -> Result<Self, Refusal> {
        String::from_utf8(whole(body)?).map_err(|_| Refusal::Bad("the body is not UTF-8".into()))
    }

    #[inline]
    fn unread() -> Option<Self> {
        Some(String::new())
    }
}

fn whole(body: Body) -> Result<Vec<u8>, Refusal> {
    match body.source {
        Source::Memory(bytes) => Ok(bytes.into()),
        Source::Server(_) => whole_of_request().map_err(|_| Refusal::Left),
        Source::Answer(_) | Source::Stream(_) => unreachable!("handlers get the server's body, or one in memory"),
    }
}

/// The whole body. Most requests have none, which costs one call and no memory.
fn whole_of_request() -> io::Result<Vec<u8>> {
    let mut first = [MaybeUninit::<u8>::uninit(); 512];
    let mut whole = Vec::new();
    let length = loop {
        match host().body_read(&mut first) {
            AGAIN => _ = host().wait(&[REQUEST_BODY]),
            code => break usize::try_from(code).map_err(|_| body_error(code))?,
        }
    };
    if length > 0 {
        // SAFETY: the function has written so many bytes.
        whole.extend_from_slice(unsafe { &*(std::ptr::from_ref(&first[..length]) as *const [u8]) });
        Body::of_request().read_to_end(&mut whole)?;
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{block_on, fake};

    fn arrives(pieces: &[&[u8]]) {
        fake::install();
        fake::with(|state| state.input = pieces.iter().map(|piece| piece.to_vec()).collect());
    }

    #[test]
    fn chunks_come_as_they_arrive() {
        arrives(&[b"one", b"two", &[b'x'; CHUNK + 1]]);
        let mut body = Body::of_request();
        let mut lengths = Vec::new();
        while let Some(chunk) = block_on(body.chunk()).unwrap() {
            lengths.push(chunk.len());
        }
        assert_eq!(lengths, [3, 3, CHUNK, 1]);
        assert_eq!(block_on(body.chunk()).unwrap(), None);
    }

    #[test]
    fn the_rest_is_read_as_a_whole() {
        arrives(&[b"one", b" two", b" three"]);
        let mut body = Body::of_request();
        assert_eq!(block_on(body.chunk()).unwrap().unwrap(), "one");
        assert_eq!(block_on(body.text()).unwrap(), " two three");
        arrives(&[b"\xff"]);
        assert_eq!(block_on(Body::of_request().text()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn it_is_a_reader() {
        arrives(&[b"one", b" two"]);
        let mut body = Body::of_request();
        let mut two = [0; 2];
        body.read_exact(&mut two).unwrap();
        assert_eq!(&two, b"on");
        let mut rest = String::new();
        body.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "e two");
        let mut memory = Body::from("three");
        memory.read_exact(&mut two).unwrap();
        assert_eq!(block_on(memory.whole()).unwrap(), "ree");
    }

    #[test]
    fn handlers_get_the_whole() {
        arrives(&[&[b'a'; 600], &[b'b'; 100_000]]);
        let whole = String::from_body(Body::of_request()).unwrap();
        assert_eq!(whole.len(), 100_600);
        assert!(whole.starts_with("aaa") && whole.ends_with("bbb"));
        arrives(&[]);
        assert_eq!(Vec::<u8>::from_body(Body::of_request()).unwrap(), b"");
        arrives(&[b"x"]);
        assert_eq!(Bytes::from_body(Body::of_request()).unwrap(), "x");
    }

    #[test]
    fn text_that_is_none_is_refused() {
        arrives(&[b"\xff"]);
        assert!(matches!(String::from_body(Body::of_request()), Err(Refusal::Bad(_))));
    }
}
