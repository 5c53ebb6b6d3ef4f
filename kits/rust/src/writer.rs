//! The stream of an answer's body.

use std::io;

use crate::host::{AGAIN, RESPONSE_BODY, body_error, host};
use crate::task::Ready;

/// The body of an answer as it is made, for [`Content::stream`](crate::Content::stream) and
/// [`Content::writer`](crate::Content::writer).
///
/// What is sent goes to the client at once, and waits while it has not taken what was sent before: a worker never holds
/// more of a large answer than it makes at a time. Small pieces are better collected before they are sent.
///
/// Both ways to write fail with [`BrokenPipe`](io::ErrorKind::BrokenPipe) when the client has left. Pass that on with
/// `?`: it is not logged as an error.
#[derive(Debug)]
pub struct Writer {
    // Not made by others, and one for each answer.
    _private: (),
}

impl Writer {
    pub(crate) fn new() -> Self {
        Writer { _private: () }
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    ///
    /// The client left.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let mut bytes = bytes.as_ref();
        while !bytes.is_empty() {
            match host().body_write(bytes) {
                AGAIN => Ready::new(RESPONSE_BODY).await,
                code => bytes = &bytes[usize::try_from(code).map_err(|_| body_error(code))?..],
            }
        }
        Ok(())
    }
}

/// Waits for the client without letting anything else of the worker run.
impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match host().body_write(bytes) {
                AGAIN => _ = host().wait(&[RESPONSE_BODY]),
                code => return usize::try_from(code).map_err(|_| body_error(code)),
            }
        }
    }

    /// Does nothing: what is written is sent.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;
    use crate::{block_on, fake, host, join, sleep};

    #[test]
    fn all_is_sent_in_pieces_that_fit() {
        fake::install();
        block_on(async {
            let mut out = Writer::new();
            out.send("").await.unwrap();
            out.send("0123456789abcdef").await.unwrap();
        });
        Writer::new().write_all(b"0123456789").unwrap();
        fake::with(|state| {
            assert_eq!(state.output, b"0123456789abcdef0123456789");
            assert_eq!(state.waits, 4);
        });
    }

    #[test]
    fn a_client_that_left_is_an_error() {
        fake::install();
        fake::with(|state| state.patience = 7);
        let error = block_on(Writer::new().send("0123456789")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(Writer::new().write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(host::client_left());
    }

    #[test]
    fn others_go_on_while_there_is_no_room() {
        fake::install();
        let mut out = Writer::new();
        block_on(join(out.send([0; 100]), sleep(Duration::from_secs(1)))).0.unwrap();
        fake::with(|state| {
            assert_eq!(state.output.len(), 100);
            assert_eq!(state.now, 1_000_000_000);
        });
    }
}
