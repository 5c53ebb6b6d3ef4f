//! A worker that is a process: it runs through `wws-json`, or in a test. What the native ABI has is made of the standard
//! library here.

use std::cell::RefCell;
use std::env;
use std::time::{Duration, Instant, SystemTime};

use crate::host::{ABSENT, Host, INVALID, STEADY_CLOCK, Space, WALL_CLOCK, fill};
use crate::log;

/// The process. What is written to the answer's body is collected.
pub(crate) struct Command;

struct State {
    /// When each timer ends; `None`: its number is free.
    timers: Vec<Option<Instant>>,
    start: Option<Instant>,
    output: Vec<u8>,
}

thread_local! {
    static STATE: RefCell<State> =
        const { RefCell::new(State { timers: Vec::new(), start: None, output: Vec::new() }) };
}

/// The first number of a timer; bodies have those before.
const FIRST_TIMER: usize = 16;

/// What was written to the body since this was asked last.
pub(crate) fn take_output() -> Vec<u8> {
    STATE.with_borrow_mut(|state| std::mem::take(&mut state.output))
}

impl State {
    fn timer(&mut self, operation: u32) -> Option<&mut Option<Instant>> {
        self.timers.get_mut((operation as usize).checked_sub(FIRST_TIMER)?).filter(|timer| timer.is_some())
    }
}

impl Host for Command {
    fn request_get(&self, _: u32, _: Space) -> i32 {
        ABSENT
    }

    fn request_vars(&self, buffer: Space) -> i32 {
        let mut list = Vec::new();
        for (name, value) in env::vars_os() {
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            for text in [&name, &value] {
                list.extend(u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
            }
            list.extend(name.bytes().chain(value.bytes()));
        }
        fill(buffer, &list)
    }

    fn body_read(&self, _: Space) -> i32 {
        0
    }

    fn body_write(&self, bytes: &[u8]) -> i32 {
        STATE.with_borrow_mut(|state| state.output.extend_from_slice(bytes));
        i32::try_from(bytes.len()).unwrap_or(i32::MAX)
    }

    fn timer(&self, nanoseconds: i64) -> i32 {
        let Ok(time) = nanoseconds.try_into().map(Duration::from_nanos) else { return INVALID };
        STATE.with_borrow_mut(|state| {
            let free = state.timers.iter().position(Option::is_none).unwrap_or_else(|| {
                state.timers.push(None);
                state.timers.len() - 1
            });
            // A time that is too far away for the clock never comes.
            let never = || Instant::now() + Duration::from_secs(1 << 30);
            state.timers[free] = Some(Instant::now().checked_add(time).unwrap_or_else(never));
            i32::try_from(FIRST_TIMER + free).unwrap_or(i32::MAX)
        })
    }

    fn wait(&self, operations: &[u32]) -> i32 {
        // Bodies are always ready.
        let ends = STATE.with_borrow_mut(|state| {
            operations
                .iter()
                .map(|operation| match *operation as usize {
                    number if number < FIRST_TIMER => Some(Instant::now()),
                    _ => *state.timer(*operation)?,
                })
                .collect::<Option<Vec<_>>>()
        });
        let Some(ends) = ends else { return INVALID };
        let Some((place, end)) = ends.iter().enumerate().min_by_key(|(_, end)| **end) else { return INVALID };
        std::thread::sleep(end.saturating_duration_since(Instant::now()));
        self.cancel(operations[place]);
        i32::try_from(place).unwrap_or(i32::MAX)
    }

    fn cancel(&self, operation: u32) -> i32 {
        STATE.with_borrow_mut(|state| match state.timer(operation) {
            Some(timer) => {
                *timer = None;
                0
            }
            None => INVALID,
        })
    }

    fn sleep(&self, nanoseconds: i64) -> i32 {
        let Ok(time) = nanoseconds.try_into().map(Duration::from_nanos) else { return INVALID };
        std::thread::sleep(time);
        0
    }

    fn log(&self, level: u32, text: &str) {
        let level = match level {
            log::ERROR => "error",
            log::WARNING => "warning",
            log::INFO => "info",
            _ => "debug",
        };
        eprintln!("{level}: {text}");
    }

    fn clock(&self, id: u32) -> i64 {
        let time = match id {
            WALL_CLOCK => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
            STEADY_CLOCK => {
                let start = STATE.with_borrow_mut(|state| *state.start.get_or_insert_with(Instant::now));
                start.elapsed()
            }
            _ => return INVALID.into(),
        };
        i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
    }

    #[cfg(target_os = "wasi")]
    fn random(&self, buffer: &mut [u8]) -> i32 {
        #[link(wasm_import_module = "wasi_snapshot_preview1")]
        unsafe extern "C" {
            fn random_get(buffer: *mut u8, length: usize) -> u16;
        }
        // SAFETY: the function fills the given bytes.
        match unsafe { random_get(buffer.as_mut_ptr(), buffer.len()) } {
            0 => 0,
            _ => crate::host::LIMIT,
        }
    }

    /// For tests: there is no source of random bytes in the standard library but the seeds of its hash maps.
    #[cfg(not(target_os = "wasi"))]
    fn random(&self, buffer: &mut [u8]) -> i32 {
        use std::hash::{BuildHasher, RandomState};
        for (number, bytes) in buffer.chunks_mut(8).enumerate() {
            let hash = RandomState::new().hash_one(number);
            bytes.copy_from_slice(&hash.to_le_bytes()[..bytes.len()]);
        }
        0
    }
}
