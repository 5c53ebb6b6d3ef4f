//! What a worker asks of its surroundings, and who answers.
//!
//! Behind [`Host`] is the native ABI ([`crate::native`]), or a process with standard input and output
//! ([`crate::command`]): `wws-json`, and tests. Which one is decided by the entry point at run time, since this crate is
//! compiled once for both; as only that one is named there, the other and its imports are not linked.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;

/// Room for bytes to come.
pub(crate) type Space<'a> = &'a mut [MaybeUninit<u8>];

/// What functions of the ABI answer besides counts and ids (docs/abi.md, "Numbers, addresses, errors").
pub(crate) const AGAIN: i32 = -1;
pub(crate) const CLOSED: i32 = -2;
pub(crate) const INVALID: i32 = -3;
pub(crate) const ABSENT: i32 = -5;
pub(crate) const LIMIT: i32 = -6;

/// Fields of the request.
pub(crate) const METHOD: u32 = 0;
pub(crate) const URL: u32 = 1;
pub(crate) const PATH: u32 = 2;
pub(crate) const QUERY: u32 = 3;
pub(crate) const PEER: u32 = 4;
pub(crate) const ID: u32 = 5;
pub(crate) const SENT_PATH: u32 = 6;

/// Operations that are always there: the next bytes of the request's body, room for those of the answer's.
pub(crate) const REQUEST_BODY: u32 = 0;
pub(crate) const RESPONSE_BODY: u32 = 1;

/// Clocks: since 1970, and one that never goes back.
pub(crate) const WALL_CLOCK: u32 = 0;
pub(crate) const STEADY_CLOCK: u32 = 1;

/// The functions of the ABI that a worker's code may call while it runs, with the ABI's answers.
pub(crate) trait Host {
    fn request_get(&self, field: u32, buffer: Space) -> i32;
    fn request_vars(&self, buffer: Space) -> i32;
    fn body_read(&self, buffer: Space) -> i32;
    fn body_write(&self, bytes: &[u8]) -> i32;
    fn timer(&self, nanoseconds: i64) -> i32;
    fn wait(&self, operations: &[u32]) -> i32;
    fn cancel(&self, operation: u32) -> i32;
    fn sleep(&self, nanoseconds: i64) -> i32;
    /// Levels: those of [`crate::log`].
    fn log(&self, level: u32, text: &str);
    fn clock(&self, id: u32) -> i64;
    fn random(&self, buffer: &mut [u8]) -> i32;
}

thread_local! {
    static CURRENT: Cell<Option<&'static dyn Host>> = const { Cell::new(None) };
    static CLIENT_LEFT: Cell<bool> = const { Cell::new(false) };
}

/// Says who answers from now on, in this thread.
#[inline]
pub(crate) fn set(host: &'static dyn Host) {
    CURRENT.set(Some(host));
}

/// Who answers. A test that runs outside of a worker has the process itself.
#[inline]
pub(crate) fn host() -> &'static dyn Host {
    match CURRENT.get() {
        Some(host) => host,
        #[cfg(not(target_arch = "wasm32"))]
        None => &crate::command::Command,
        #[cfg(target_arch = "wasm32")]
        None => panic!("this function needs a worker around it"),
    }
}

/// The error for an answer that is one, in a body.
#[cold]
pub(crate) fn body_error(code: i32) -> io::Error {
    if code == CLOSED {
        note_that_client_left();
        return io::Error::new(io::ErrorKind::BrokenPipe, "the client left");
    }
    io::Error::other("the answer is finished")
}

/// A function said that the client is gone.
pub(crate) fn note_that_client_left() {
    CLIENT_LEFT.set(true);
}

/// Whether a function said that the client is gone: what fails then is not worth a line in the log.
pub(crate) fn client_left() -> bool {
    CLIENT_LEFT.get()
}

/// Answers as a function of the ABI that fills a buffer: the length of the whole, which is written if it fits.
pub(crate) fn fill(buffer: Space, whole: &[u8]) -> i32 {
    if let Some(target) = buffer.get_mut(..whole.len()) {
        for (to, from) in target.iter_mut().zip(whole) {
            to.write(*from);
        }
    }
    i32::try_from(whole.len()).unwrap_or(i32::MAX)
}

/// All that such a function has to give; `None` for an error. `likely`: bytes that are probably enough.
#[inline]
pub(crate) fn fetch(likely: usize, mut function: impl FnMut(Space) -> i32) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(likely);
    loop {
        let length = usize::try_from(function(bytes.spare_capacity_mut())).ok()?;
        if length <= bytes.capacity() {
            // SAFETY: the function has written so many bytes.
            unsafe { bytes.set_len(length) };
            return Some(bytes);
        }
        bytes.reserve_exact(length);
    }
}
