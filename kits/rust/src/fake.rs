//! A server for tests: time passes when a worker waits, bodies come and go in pieces, and clients leave when told to.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::host::{self, ABSENT, AGAIN, CLOSED, Host, INVALID, LIMIT, REQUEST_BODY, RESPONSE_BODY, Space, fill};
use crate::{fetch_host, kv_store};

/// The server. Each test has its own: tests run in threads of their own.
pub(crate) struct Fake;

pub(crate) struct State {
    /// Nanoseconds since the test began.
    pub(crate) now: i64,
    /// When each timer ends.
    pub(crate) timers: BTreeMap<u32, i64>,
    pub(crate) most_timers: usize,
    /// How often the worker waited.
    pub(crate) waits: usize,
    /// The request's body; each piece has to be waited for.
    pub(crate) input: VecDeque<Vec<u8>>,
    input_is_ready: bool,
    pub(crate) output: Vec<u8>,
    /// How much of the answer fits before it has to be waited for room.
    pub(crate) window: usize,
    room: usize,
    /// How much of the answer the client takes before it leaves.
    pub(crate) patience: usize,
    pub(crate) log: Vec<(u32, String)>,
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State {
        now: 0,
        timers: BTreeMap::new(),
        most_timers: 1024,
        waits: 0,
        input: VecDeque::new(),
        input_is_ready: false,
        output: Vec::new(),
        window: 7,
        room: 0,
        patience: usize::MAX,
        log: Vec::new(),
    }) };
}

/// Lets this thread's worker meet the fake.
pub(crate) fn install() {
    host::set(&Fake);
}

pub(crate) fn with<T>(change: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(change)
}

fn id(number: usize) -> i32 {
    i32::try_from(number).expect("tests are small")
}

impl Host for Fake {
    fn request_get(&self, _: u32, _: Space) -> i32 {
        ABSENT
    }

    fn request_vars(&self, buffer: Space) -> i32 {
        fill(buffer, b"\x01\0\0\0\x03\0\0\0aone\x01\0\0\0\0\0\0\0b")
    }

    fn body_read(&self, buffer: Space) -> i32 {
        with(|state| {
            let Some(piece) = state.input.front_mut() else { return 0 };
            if !std::mem::take(&mut state.input_is_ready) {
                return AGAIN;
            }
            let taken: Vec<u8> = piece.drain(..piece.len().min(buffer.len())).collect();
            if piece.is_empty() {
                state.input.pop_front();
            }
            fill(buffer, &taken)
        })
    }

    fn body_write(&self, bytes: &[u8]) -> i32 {
        with(|state| {
            if state.output.len() >= state.patience {
                return CLOSED;
            }
            if state.room == 0 {
                return AGAIN;
            }
            let taken = bytes.len().min(state.room);
            state.room -= taken;
            state.output.extend_from_slice(&bytes[..taken]);
            id(taken)
        })
    }

    fn timer(&self, nanoseconds: i64) -> i32 {
        with(|state| {
            if state.timers.len() >= state.most_timers {
                return LIMIT;
            }
            let free = (16..).find(|number| !state.timers.contains_key(number)).expect("numbers do not end");
            state.timers.insert(free, state.now + nanoseconds);
            id(free as usize)
        })
    }

    fn wait(&self, operations: &[u32]) -> i32 {
        with(|state| {
            state.waits += 1;
            if operations.len() > 1024 {
                return INVALID;
            }
            let ends: Option<Vec<i64>> = operations
                .iter()
                .map(|operation| match *operation {
                    REQUEST_BODY | RESPONSE_BODY | kv_store::FIRST.. => Some(state.now),
                    fetch @ fetch_host::FIRST.. => {
                        Some(if fetch_host::test::can_be_ready(fetch) { state.now } else { i64::MAX })
                    }
                    timer => state.timers.get(&timer).copied(),
                })
                .collect();
            let Some(ends) = ends else { return INVALID };
            let Some((place, end)) = ends.iter().enumerate().min_by_key(|(_, end)| **end) else { return INVALID };
            state.now = state.now.max(*end);
            match operations[place] {
                REQUEST_BODY => state.input_is_ready = true,
                RESPONSE_BODY => state.room = state.window,
                operation @ kv_store::FIRST.. => kv_store::test::make_ready(operation),
                operation @ fetch_host::FIRST.. => fetch_host::test::make_ready(operation),
                timer => _ = state.timers.remove(&timer),
            }
            id(place)
        })
    }

    fn cancel(&self, operation: u32) -> i32 {
        with(|state| if state.timers.remove(&operation).is_some() { 0 } else { INVALID })
    }

    fn sleep(&self, nanoseconds: i64) -> i32 {
        with(|state| state.now += nanoseconds);
        0
    }

    fn log(&self, level: u32, text: &str) {
        with(|state| state.log.push((level, text.to_owned())));
    }

    fn clock(&self, _: u32) -> i64 {
        with(|state| state.now)
    }

    fn random(&self, buffer: &mut [u8]) -> i32 {
        buffer.fill(7);
        0
    }
}
