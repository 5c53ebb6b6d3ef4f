//! Bodies of answers.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::events::Events;
use crate::host;
use crate::{Bytes, Result, Writer, base64, block_on};

/// The body of an answer.
///
/// It is made `from` text or bytes, which leaves the `content-type` to the answer's headers (`text/html` without one, as
/// for all workers of this server), or by one of the functions here, which know theirs. A `content-type` among the headers
/// always wins.
///
/// ```
/// use wasm_workers_rs::{Content, http::Response};
///
/// let page = Response::new(Content::from("<p>Hi</p>"));
/// let data = Response::builder().status(201).body(Content::json(&["a", "b"])?)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// Two kinds can be written and matched by name, as in the first versions of this crate: [`Text`](Content::Text) and
/// [`Base64`](Content::Base64). There are others without a name, so that a `match` has a last arm `_`.
#[non_exhaustive]
pub enum Content {
    /// Text. What is made `from` a `String` is this.
    Text(String),
    /// Bytes, written in base64 (the usual alphabet; padding may be missing). What is no base64 makes the answer 500.
    Base64(String),
    #[doc(hidden)]
    Made(Made),
}

/// Content of other kinds, or with its `content-type`.
pub struct Made {
    body: Body,
    content_type: Option<&'static str>,
}

enum Body {
    Text(String),
    Static(&'static [u8]),
    Vec(Vec<u8>),
    Bytes(Bytes),
    Base64(String),
    Stream(Box<MakeStream>),
    Writer(Box<MakeWriter>),
}

type MakeStream = dyn FnOnce(Writer) -> Pin<Box<dyn Future<Output = Result<()>>>>;
type MakeWriter = dyn FnOnce(&mut Writer) -> Result<()>;

impl Content {
    /// Text: `text/plain; charset=utf-8`.
    #[inline]
    pub fn text(text: impl Into<Content>) -> Self {
        text.into().with_type("text/plain; charset=utf-8")
    }

    /// A page: `text/html; charset=utf-8`.
    #[inline]
    pub fn html(page: impl Into<Content>) -> Self {
        page.into().with_type("text/html; charset=utf-8")
    }

    /// No body.
    #[inline]
    pub fn empty() -> Self {
        Content::from("")
    }

    /// A body that is sent while it is made, by a future: other futures of the worker go on meanwhile, and it waits where
    /// the client is slower.
    ///
    /// The handler returns first, and the stream runs then. What it uses is its own (`move`). An error is logged; if
    /// nothing was sent yet, the answer is 500, else it is broken off, so that the client can tell. When the client has
    /// left, that is no error.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use wasm_workers_rs::{Content, sleep};
    ///
    /// Content::stream(async move |mut out| {
    ///     for number in 1..=3 {
    ///         out.send(format!("{number}\n")).await?;
    ///         sleep(Duration::from_secs(1)).await;
    ///     }
    ///     Ok(())
    /// });
    /// ```
    ///
    /// Through `wws-json` it is collected, and sent when it is complete.
    pub fn stream<F, R>(make: F) -> Self
    where
        F: FnOnce(Writer) -> R + 'static,
        R: Future<Output = Result<()>> + 'static,
    {
        Body::Stream(Box::new(|writer| Box::pin(make(writer)))).into()
    }

    /// The same by an ordinary function, which waits in each write. For large answers that are computed.
    ///
    /// ```
    /// use std::io::Write;
    /// use wasm_workers_rs::Content;
    ///
    /// Content::writer(|out| {
    ///     for number in 1..=1_000_000 {
    ///         writeln!(out, "{number}")?;
    ///     }
    ///     Ok(())
    /// });
    /// ```
    pub fn writer(make: impl FnOnce(&mut Writer) -> Result<()> + 'static) -> Self {
        Body::Writer(Box::new(make)).into()
    }

    /// Server-sent events: `text/event-stream`. A [`stream`](Content::stream) of them.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use wasm_workers_rs::{Content, events::Event, sleep};
    ///
    /// Content::events(async move |mut events| {
    ///     events.send("a message").await?;
    ///     sleep(Duration::from_secs(1)).await;
    ///     events.send(Event::new("7").name("count").id("1")).await?;
    ///     Ok(())
    /// });
    /// ```
    pub fn events<F, R>(make: F) -> Self
    where
        F: FnOnce(Events) -> R + 'static,
        R: Future<Output = Result<()>> + 'static,
    {
        Content::stream(|writer| make(Events::new(writer))).with_type("text/event-stream")
    }

    /// The same with another `content-type`.
    #[inline]
    #[must_use]
    pub fn with_type(self, content_type: &'static str) -> Self {
        let body = match self {
            Content::Text(text) => Body::Text(text),
            Content::Base64(text) => Body::Base64(text),
            Content::Made(made) => made.body,
        };
        Content::Made(Made { body, content_type: Some(content_type) })
    }

    /// Its bytes, for tests of a worker; `None` if it is a stream or in base64.
    #[inline]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Content::Text(text) => Some(text.as_bytes()),
            Content::Base64(_) => None,
            Content::Made(made) => match &made.body {
                Body::Text(text) => Some(text.as_bytes()),
                Body::Static(bytes) => Some(bytes),
                Body::Vec(bytes) => Some(bytes),
                Body::Bytes(bytes) => Some(bytes),
                Body::Base64(_) | Body::Stream(_) | Body::Writer(_) => None,
            },
        }
    }

    /// The `content-type` of this kind of content.
    #[inline]
    pub(crate) fn content_type(&self) -> Option<&'static str> {
        match self {
            Content::Made(made) => made.content_type,
            _ => None,
        }
    }

    /// What is in base64 as its bytes; the rest as it is. `None`: it is not base64.
    #[inline]
    pub(crate) fn decoded(self) -> Option<Self> {
        let (text, content_type) = match self {
            Content::Base64(text) => (text, None),
            Content::Made(Made { body: Body::Base64(text), content_type }) => (text, content_type),
            other => return Some(other),
        };
        Some(Content::Made(Made { body: Body::Vec(base64::decode(&text)?), content_type }))
    }

    /// The `content-type` in the native ABI, where the server adds none.
    #[inline]
    pub(crate) fn type_of_native(&self) -> Option<&'static str> {
        match self.content_type() {
            None if self.bytes().is_some_and(<[u8]>::is_empty) => None,
            None => Some("text/html"),
            known => known,
        }
    }

    /// Runs a stream. An error is text for the log; that the client left is none.
    pub(crate) fn run(self) -> Result<(), String> {
        let Content::Made(made) = self else { return Ok(()) };
        let result = match made.body {
            Body::Stream(make) => block_on(make(Writer::new())),
            Body::Writer(make) => make(&mut Writer::new()),
            _ => Ok(()),
        };
        match result {
            Err(error) if !host::client_left() => Err(format!("{error:#}")),
            _ => Ok(()),
        }
    }
}

impl From<Body> for Content {
    #[inline]
    fn from(body: Body) -> Self {
        Content::Made(Made { body, content_type: None })
    }
}

impl From<String> for Content {
    #[inline]
    fn from(text: String) -> Self {
        Content::Text(text)
    }
}

impl From<&'static str> for Content {
    #[inline]
    fn from(text: &'static str) -> Self {
        Body::Static(text.as_bytes()).into()
    }
}

impl From<Cow<'static, str>> for Content {
    fn from(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl From<&'static [u8]> for Content {
    #[inline]
    fn from(bytes: &'static [u8]) -> Self {
        Body::Static(bytes).into()
    }
}

impl From<Vec<u8>> for Content {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        Body::Vec(bytes).into()
    }
}

impl From<Bytes> for Content {
    #[inline]
    fn from(bytes: Bytes) -> Self {
        Body::Bytes(bytes).into()
    }
}

/// A stream, such as the body of an answer to a request of this worker, is passed on as it arrives.
impl From<crate::Body> for Content {
    fn from(body: crate::Body) -> Self {
        match body.into_whole() {
            Ok(bytes) => bytes.into(),
            Err(mut stream) => Content::stream(async move |mut out| {
                while let Some(chunk) = stream.chunk().await? {
                    out.send(chunk).await?;
                }
                Ok(())
            }),
        }
    }
}

/// No body.
impl From<()> for Content {
    #[inline]
    fn from((): ()) -> Self {
        Content::empty()
    }
}

impl Default for Content {
    fn default() -> Self {
        Content::empty()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes() {
            Some(bytes) => formatter.debug_tuple("Content").field(&String::from_utf8_lossy(bytes)).finish(),
            None => formatter.write_str("Content(a stream, or in base64)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake;

    #[test]
    fn streams_run_to_their_end() {
        fake::install();
        let stream = Content::events(async move |mut events| {
            events.send("1").await?;
            events.keep_alive().await?;
            Ok(())
        });
        assert_eq!(stream.content_type(), Some("text/event-stream"));
        assert_eq!(stream.run(), Ok(()));
        fake::with(|state| assert_eq!(state.output, b"data: 1\n\n:\n\n"));
    }

    #[test]
    fn that_the_client_left_is_no_failure() {
        fake::install();
        fake::with(|state| state.patience = 3);
        let endless = Content::stream(async move |mut out| {
            loop {
                out.send("tick").await?;
            }
        });
        assert_eq!(endless.run(), Ok(()));
    }

    #[test]
    fn text_and_base64_have_names() {
        let kind = |content| match content {
            Content::Text(text) => text,
            Content::Base64(text) => format!("base64 {text}"),
            _ => "other".to_owned(),
        };
        assert_eq!(kind(String::from("x").into()), "x");
        assert_eq!(kind(Content::Base64("//4=".into())), "base64 //4=");
        assert_eq!(kind(Content::empty()), "other");
        assert_eq!(Content::Text("x".into()).bytes(), Some(&b"x"[..]));
        assert_eq!(Content::text(String::from("x")).bytes(), Some(&b"x"[..]));
        let decoded = |content: Content| content.decoded().and_then(|content| content.bytes().map(<[u8]>::to_vec));
        assert_eq!(decoded(Content::Base64("//4=".into())), Some(vec![0xff, 0xfe]));
        assert_eq!(decoded(Content::Base64("//4".into()).with_type("a/b")), Some(vec![0xff, 0xfe]));
        assert_eq!(decoded(Content::Base64("not!".into())), None);
    }

    #[test]
    fn types_are_those_of_the_kind() {
        assert_eq!(Content::from("x").type_of_native(), Some("text/html"));
        assert_eq!(Content::empty().type_of_native(), None);
        assert_eq!(Content::text("").type_of_native(), Some("text/plain; charset=utf-8"));
        assert_eq!(Content::html(vec![1]).with_type("a/b").type_of_native(), Some("a/b"));
    }
}
