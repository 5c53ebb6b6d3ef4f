//! Server-sent events, for [`Content::events`](crate::Content::events).

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::io;
use std::time::Duration;

use crate::Writer;

/// The stream of events that goes to one client.
#[derive(Debug)]
pub struct Events {
    writer: Writer,
}

impl Events {
    pub(crate) fn new(writer: Writer) -> Self {
        Events { writer }
    }

    /// Sends an event, or text that is the data of one.
    ///
    /// # Errors
    ///
    /// The client left.
    pub async fn send(&mut self, event: impl Into<Event<'_>>) -> io::Result<()> {
        self.writer.send(event.into().to_string()).await
    }

    /// Sends a line that clients ignore, so that nobody between takes a quiet connection for a dead one.
    ///
    /// # Errors
    ///
    /// The client left.
    pub async fn keep_alive(&mut self) -> io::Result<()> {
        self.writer.send(":\n\n").await
    }
}

/// One event: data, and what else the client may be told. Its display is what is sent.
///
/// ```
/// use wasm_workers_rs::events::Event;
///
/// assert_eq!(Event::new("two\nlines").name("news").id("7").to_string(), "event: news\nid: 7\ndata: two\ndata: lines\n\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Event<'a> {
    data: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    id: Option<Cow<'a, str>>,
    retry: Option<Duration>,
}

impl<'a> Event<'a> {
    /// An event with this data, of any number of lines.
    pub fn new(data: impl Into<Cow<'a, str>>) -> Self {
        Event { data: data.into(), ..Event::default() }
    }

    /// The name under which the client listens; `message` without it. Newlines in it are left out, as in an id.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What a client that connects again sends as `last-event-id`.
    #[must_use]
    pub fn id(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// How long a client that lost its connection waits before it connects again.
    #[must_use]
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(time);
        self
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (field, text) in [("event", &self.name), ("id", &self.id)] {
            if let Some(text) = text {
                formatter.write_str(field)?;
                formatter.write_str(": ")?;
                text.split(['\r', '\n', '\0']).try_for_each(|part| formatter.write_str(part))?;
                formatter.write_char('\n')?;
            }
        }
        if let Some(time) = self.retry {
            writeln!(formatter, "retry: {}", time.as_millis())?;
        }
        // A lone CR ends a line too.
        let data = self.data.replace("\r\n", "\n");
        data.split(['\r', '\n']).try_for_each(|line| writeln!(formatter, "data: {line}"))?;
        formatter.write_char('\n')
    }
}

impl<'a> From<&'a str> for Event<'a> {
    fn from(data: &'a str) -> Self {
        Event::new(data)
    }
}

impl<'a> From<&'a String> for Event<'a> {
    fn from(data: &'a String) -> Self {
        Event::new(data.as_str())
    }
}

impl From<String> for Event<'_> {
    fn from(data: String) -> Self {
        Event::new(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_data_of_an_event() {
        assert_eq!(Event::from("1").to_string(), "data: 1\n\n");
        assert_eq!(Event::from(String::new()).to_string(), "data: \n\n");
    }

    #[test]
    fn nothing_in_an_event_begins_another_field() {
        let event = Event::new("a\r\nb\rc\nid: 9").name("x\ndata: y").id("1\r\n2").retry(Duration::from_secs(2));
        assert_eq!(
            event.to_string(),
            "event: xdata: y\nid: 12\nretry: 2000\ndata: a\ndata: b\ndata: c\ndata: id: 9\n\n"
        );
    }
}
