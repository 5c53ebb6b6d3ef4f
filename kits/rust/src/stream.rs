//! Bodies that are made while they are sent.

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::{Bytes, Result};

/// What was sent and is to be taken.
type Place = Rc<RefCell<Bytes>>;

/// Where the function of [`Body::stream`](crate::Body::stream) sends its bytes.
pub struct Sender {
    place: Place,
}

impl Sender {
    /// Sends bytes, and waits until they are taken.
    ///
    /// # Errors
    ///
    /// None so far: whom nobody takes anything from is dropped.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        *self.place.borrow_mut() = bytes.into();
        // Who takes them polls this again.
        poll_fn(|_| if self.place.borrow().is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }).await
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sender").finish_non_exhaustive()
    }
}

/// The other end: what makes the bytes runs when some are asked for.
pub(crate) struct Stream {
    make: Pin<Box<dyn Future<Output = Result<()>>>>,
    place: Place,
    is_done: bool,
}

impl Stream {
    pub(crate) fn new<R: Future<Output = Result<()>> + 'static>(make: impl FnOnce(Sender) -> R) -> Self {
        let place = Place::default();
        let make = Box::pin(make(Sender { place: place.clone() }));
        Stream { make, place, is_done: false }
    }

    /// The next bytes; none at the end.
    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        if !self.is_done {
            match self.make.as_mut().poll(context) {
                Poll::Ready(Ok(())) => self.is_done = true,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                Poll::Pending if self.place.borrow().is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        Poll::Ready(Ok(self.place.take()))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stream").finish_non_exhaustive()
    }
}
