//! The functions for outgoing requests (docs/abi.md), for `crate::fetch`: the server's, or outside of WebAssembly, in tests of a
//! worker, those of a network in memory.
//!
//! They are no part of `Host`: a worker that sends nothing does not import them.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory::*;
#[cfg(target_arch = "wasm32")]
pub(crate) use server::*;

/// Of the flags of `start`.
pub(crate) const BODY_STREAMS: u32 = 1;

#[cfg(target_arch = "wasm32")]
mod server {
    use crate::host::Space;

    mod functions {
        #[link(wasm_import_module = "wws_v1")]
        unsafe extern "C" {
            pub fn fetch_start(
                head: *const u8,
                head_length: usize,
                body: *const u8,
                body_length: usize,
                flags: u32,
            ) -> i32;
            pub fn fetch_status(fetch: u32) -> i32;
            pub fn fetch_headers(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
            pub fn fetch_url(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
            pub fn fetch_error(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
            pub fn fetch_body_read(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
            pub fn fetch_body_write(fetch: u32, bytes: *const u8, length: usize) -> i32;
            pub fn fetch_body_end(fetch: u32) -> i32;
            pub fn fetch_room(fetch: u32) -> i32;
            pub fn cancel(operation: u32) -> i32;
        }
    }

    // SAFETY of the calls below: the server reads or writes the given bytes during the call, and keeps no address.

    pub(crate) fn start(head: &[u8], body: &[u8], flags: u32) -> i32 {
        unsafe { functions::fetch_start(head.as_ptr(), head.len(), body.as_ptr(), body.len(), flags) }
    }

    pub(crate) fn status(fetch: u32) -> i32 {
        unsafe { functions::fetch_status(fetch) }
    }

    pub(crate) fn headers(fetch: u32, buffer: Space) -> i32 {
        unsafe { functions::fetch_headers(fetch, buffer.as_mut_ptr().cast(), buffer.len()) }
    }

    pub(crate) fn url(fetch: u32, buffer: Space) -> i32 {
        unsafe { functions::fetch_url(fetch, buffer.as_mut_ptr().cast(), buffer.len()) }
    }

    pub(crate) fn error(fetch: u32, buffer: Space) -> i32 {
        unsafe { functions::fetch_error(fetch, buffer.as_mut_ptr().cast(), buffer.len()) }
    }

    pub(crate) fn read(fetch: u32, buffer: Space) -> i32 {
        unsafe { functions::fetch_body_read(fetch, buffer.as_mut_ptr().cast(), buffer.len()) }
    }

    pub(crate) fn write(fetch: u32, bytes: &[u8]) -> i32 {
        unsafe { functions::fetch_body_write(fetch, bytes.as_ptr(), bytes.len()) }
    }

    pub(crate) fn end(fetch: u32) {
        unsafe { functions::fetch_body_end(fetch) };
    }

    pub(crate) fn room(fetch: u32) -> i32 {
        unsafe { functions::fetch_room(fetch) }
    }

    pub(crate) fn cancel(operation: u32) {
        unsafe { functions::cancel(operation) };
    }
}

/// One network for each thread: a function that answers.
#[cfg(not(target_arch = "wasm32"))]
mod memory {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use http::{Request, Response};

    use crate::Bytes;
    use crate::fetch::{Error, ErrorKind};
    use crate::host::{ABSENT, AGAIN, INVALID, Space, fill};
    use crate::list::Entries;

    /// The number of the first operation; those of the key-value store are larger.
    pub(crate) const FIRST: u32 = 1 << 19;

    type Answer = Result<Response<Bytes>, Error>;
    type Network = Box<dyn FnMut(Request<Bytes>) -> Answer>;

    struct Exchange {
        request: Request<Vec<u8>>,
        /// `None`: the request's body is not complete.
        answer: Option<Answer>,
        /// For tests: it has to be waited for, for every few bytes.
        is_ready: bool,
        room: usize,
    }

    struct Memory {
        exchanges: BTreeMap<u32, Exchange>,
        /// Operations for room, and the request of each.
        rooms: BTreeMap<u32, u32>,
        last: u32,
        is_slow: bool,
    }

    thread_local! {
        static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
        static MEMORY: RefCell<Memory> = const { RefCell::new(Memory {
            exchanges: BTreeMap::new(),
            rooms: BTreeMap::new(),
            last: FIRST,
            is_slow: false,
        }) };
    }

    /// How many bytes come and go at a time where they have to be waited for.
    const PIECE: usize = 7;

    fn with<T>(change: impl FnOnce(&mut Memory) -> T) -> T {
        MEMORY.with_borrow_mut(change)
    }

    /// Says who answers from now on.
    pub(crate) fn set_network(network: Network) {
        NETWORK.set(Some(network));
    }

    /// Sends a whole request, and gives the whole answer.
    pub(crate) fn exchange(request: Request<Bytes>) -> Answer {
        let Some(mut network) = NETWORK.take() else {
            return Err(Error::new(ErrorKind::NotAllowed, "nobody answers in this test: see fetch::answer_with"));
        };
        let answer = network(request);
        NETWORK.with_borrow_mut(|place| {
            place.get_or_insert(network);
        });
        answer
    }

    fn send(request: &Request<Vec<u8>>) -> Answer {
        exchange(request.clone().map(Bytes::from))
    }

    fn decode(head: &[u8]) -> Option<Request<Vec<u8>>> {
        // Method and URL have their lengths in front, as an entry of a list has.
        let (method, url) = Entries::of(head).next()?;
        let mut builder = Request::builder().method(method).uri(url);
        for (name, value) in Entries::of(&head[8 + method.len() + url.len()..]) {
            builder = builder.header(name, value);
        }
        builder.body(Vec::new()).ok()
    }

    pub(crate) fn start(head: &[u8], body: &[u8], flags: u32) -> i32 {
        let Some(mut request) = decode(head) else { return INVALID };
        request.body_mut().extend(body);
        let answer = (flags & super::BODY_STREAMS == 0).then(|| send(&request));
        with(|memory| {
            memory.last += 1;
            let is_ready = !memory.is_slow;
            memory.exchanges.insert(memory.last, Exchange { request, answer, is_ready, room: 0 });
            i32::try_from(memory.last).unwrap_or(i32::MAX)
        })
    }

    /// What a function answers that asks for the answer.
    fn of_answer(fetch: u32, function: impl FnOnce(&mut Response<Bytes>) -> i32) -> i32 {
        with(|memory| match memory.exchanges.get_mut(&fetch) {
            None => INVALID,
            Some(exchange) if !exchange.is_ready => AGAIN,
            Some(Exchange { answer: Some(Ok(response)), .. }) => function(response),
            Some(Exchange { answer: Some(Err(error)), .. }) => error.kind().code(),
            Some(_) => AGAIN,
        })
    }

    pub(crate) fn status(fetch: u32) -> i32 {
        of_answer(fetch, |response| response.status().as_u16().into())
    }

    pub(crate) fn headers(fetch: u32, buffer: Space) -> i32 {
        of_answer(fetch, |response| {
            let mut list = Vec::new();
            for (name, value) in response.headers() {
                crate::list::push(&mut list, name.as_str().as_bytes(), value.as_bytes());
            }
            fill(buffer, &list)
        })
    }

    pub(crate) fn url(fetch: u32, buffer: Space) -> i32 {
        let Some(url) = with(|memory| Some(memory.exchanges.get(&fetch)?.request.uri().to_string())) else {
            return INVALID;
        };
        of_answer(fetch, |_| fill(buffer, url.as_bytes()))
    }

    pub(crate) fn error(fetch: u32, buffer: Space) -> i32 {
        with(|memory| match memory.exchanges.get(&fetch) {
            Some(Exchange { answer: Some(Err(error)), .. }) => fill(buffer, error.message().as_bytes()),
            Some(_) => ABSENT,
            None => INVALID,
        })
    }

    pub(crate) fn read(fetch: u32, buffer: Space) -> i32 {
        let most = if with(|memory| memory.is_slow) { PIECE } else { usize::MAX };
        let mut is_piece = false;
        let code = of_answer(fetch, |response| {
            let body = response.body_mut();
            let piece = body.split_to(body.len().min(buffer.len()).min(most));
            is_piece = !piece.is_empty();
            fill(buffer, &piece)
        });
        with(|memory| match memory.exchanges.get_mut(&fetch) {
            Some(exchange) if is_piece && memory.is_slow => exchange.is_ready = false,
            _ => {}
        });
        code
    }

    pub(crate) fn write(fetch: u32, bytes: &[u8]) -> i32 {
        with(|memory| {
            let is_slow = memory.is_slow;
            let Some(exchange) = memory.exchanges.get_mut(&fetch) else { return INVALID };
            let room = if is_slow { exchange.room } else { usize::MAX };
            if room == 0 {
                return AGAIN;
            }
            let taken = bytes.len().min(room);
            exchange.room = exchange.room.saturating_sub(taken);
            exchange.request.body_mut().extend(&bytes[..taken]);
            i32::try_from(taken).unwrap_or(i32::MAX)
        })
    }

    pub(crate) fn end(fetch: u32) {
        let request = with(|memory| memory.exchanges.get(&fetch).map(|exchange| exchange.request.clone()));
        let Some(request) = request else { return };
        let answer = send(&request);
        with(|memory| memory.exchanges.get_mut(&fetch).map(|exchange| exchange.answer = Some(answer)));
    }

    pub(crate) fn room(fetch: u32) -> i32 {
        with(|memory| {
            memory.last += 1;
            memory.rooms.insert(memory.last, fetch);
            i32::try_from(memory.last).unwrap_or(i32::MAX)
        })
    }

    pub(crate) fn cancel(operation: u32) {
        with(|memory| {
            memory.exchanges.remove(&operation);
            memory.rooms.remove(&operation);
        });
    }

    #[cfg(test)]
    pub(crate) mod test {
        use super::{PIECE, with};

        /// All has to be waited for.
        pub(crate) fn set_slow() {
            with(|memory| memory.is_slow = true);
        }

        /// Whether an operation can become ready without the worker's doing.
        pub(crate) fn can_be_ready(operation: u32) -> bool {
            with(|memory| {
                let is_room = memory.rooms.contains_key(&operation);
                is_room || memory.exchanges.get(&operation).is_some_and(|exchange| exchange.answer.is_some())
            })
        }

        /// An operation was waited for.
        pub(crate) fn make_ready(operation: u32) {
            with(|memory| {
                let room_of = memory.rooms.get(&operation).copied();
                let Some(exchange) = memory.exchanges.get_mut(&room_of.unwrap_or(operation)) else { return };
                match room_of {
                    Some(_) => exchange.room = PIECE,
                    None => exchange.is_ready = true,
                }
            });
        }

        /// Operations that the worker has not ended.
        pub(crate) fn pending() -> usize {
            with(|memory| memory.exchanges.len() + memory.rooms.len())
        }
    }
}
