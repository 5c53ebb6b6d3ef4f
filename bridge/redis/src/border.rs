//! The C functions of `include/wws_redis.h`.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::client::{Client, Effect, Event, Item, Options, Outbox};
use crate::error::Problem;
use crate::link::Manner;
use crate::route::{Topology, slot};
use crate::stream::{self, Address};

/// `wwsr_text`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// # Safety
    /// The header's: the caller's bytes are there for the time of the call.
    unsafe fn bytes(&self) -> &[u8] {
        if self.size == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }

    /// # Safety
    /// As of bytes().
    unsafe fn string(&self) -> String {
        String::from_utf8_lossy(unsafe { self.bytes() }).into_owned()
    }
}

/// # Safety
/// As of Text::bytes().
unsafe fn slice<'a, T>(data: *const T, count: usize) -> &'a [T] {
    if count == 0 {
        return &[];
    }
    unsafe { std::slice::from_raw_parts(data, count) }
}

/// `wwsr_error`.
pub struct Error(String);

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic in the Redis client: {}", text.as_deref().unwrap_or("no message"))
}

/// Runs `body` for a function that returns `wwsr_error*`.
fn guard(body: impl FnOnce() -> Result<(), Problem>) -> *mut Error {
    let problem = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(problem)) => problem,
        Err(panic) => panic_text(&*panic),
    };
    Box::into_raw(Box::new(Error(problem)))
}

/// Runs `body` for a function that cannot fail. A panic is a mistake here that nobody can mend.
fn swallow(body: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(body)) {
        eprintln!("{}", panic_text(&*panic));
        std::process::abort();
    }
}

fn delete<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: made by Box::into_raw and given back once, as the header demands.
        swallow(|| drop(unsafe { Box::from_raw(pointer) }));
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_error_text(error: &Error) -> Text {
    Text::of(error.0.as_bytes())
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_error_delete(error: *mut Error) {
    delete(error);
}

/// `wwsr_options`.
#[repr(C)]
pub struct RawOptions {
    topology: u32,
    hosts: *const Text,
    ports: *const u16,
    host_count: usize,
    primary: Text,
    user: Text,
    password: Text,
    database: u32,
    is_tls: u32,
    roots: Text,
    library: Text,
    check: Text,
    limit_ms: u32,
    wake: unsafe extern "C" fn(*mut c_void),
    context: *mut c_void,
}

/// C++'s context, which may be used on any thread, as the header says.
struct Context(*mut c_void);
unsafe impl Send for Context {}
unsafe impl Sync for Context {}

impl Context {
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsr_client_new(raw: &RawOptions, client: &mut *mut Client) -> *mut Error {
    guard(|| {
        let some = |text: &Text| (text.size > 0).then(|| unsafe { text.string() });
        let hosts = unsafe { slice(raw.hosts, raw.host_count) };
        let ports = unsafe { slice(raw.ports, raw.host_count) };
        let hosts: Vec<Address> = hosts
            .iter()
            .zip(ports)
            .map(|(host, port)| Address { host: unsafe { host.string() }, port: *port })
            .collect();
        if hosts.is_empty() {
            return Err("there is no host".to_string());
        }
        let topology = match raw.topology {
            0 => Topology::One,
            1 => Topology::Sentinel(unsafe { raw.primary.string() }),
            2 => Topology::Cluster,
            _ => return Err("there is no such topology".to_string()),
        };
        let tls = match raw.is_tls {
            0 => None,
            _ => Some(stream::tls(unsafe { raw.roots.bytes() })?),
        };
        let manner = Manner {
            user: some(&raw.user),
            password: some(&raw.password),
            database: i64::from(raw.database),
            tls,
            library: unsafe { raw.library.bytes() }.to_vec(),
            check: unsafe { raw.check.string() },
        };
        let limit = Duration::from_millis(u64::from(raw.limit_ms));
        let (wake, context) = (raw.wake, Context(raw.context));
        let outbox = Outbox::new(move || unsafe { wake(context.pointer()) });
        *client = Box::into_raw(Box::new(Client::new(
            Options { topology, hosts, manner, limit },
            outbox,
        )));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_client_start(client: &mut Client) -> *mut Error {
    guard(|| client.start())
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_client_delete(client: *mut Client) {
    delete(client);
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsr_call(
    client: &Client,
    id: u64,
    effect: u32,
    tag: Text,
    words: *const Text,
    count: usize,
) {
    swallow(|| {
        let mut command = redis::Cmd::new();
        for word in unsafe { slice(words, count) } {
            command.arg(unsafe { word.bytes() });
        }
        let effect = if effect == 0 { Effect::Reads } else { Effect::Writes };
        client.call(id, slot(unsafe { tag.bytes() }), effect, command);
    });
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsr_names(client: &Client, id: u64, pattern: Text) {
    swallow(|| client.names(id, unsafe { pattern.bytes() }.to_vec()));
}

/// `wwsr_events`.
pub struct Events(Vec<Event>);

/// `wwsr_item`.
#[repr(C)]
pub struct RawItem {
    kind: u32,
    number: i64,
    bytes: Text,
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_take(client: &Client) -> *mut Events {
    Box::into_raw(Box::new(Events(client.outbox().take())))
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_events_delete(events: *mut Events) {
    delete(events);
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_events_count(events: &Events) -> usize {
    events.0.len()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_event_kind(events: &Events, index: usize) -> u32 {
    events.0.get(index).map_or(1, |event| event.kind as u32)
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_event_id(events: &Events, index: usize) -> u64 {
    events.0.get(index).map_or(0, |event| event.id)
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_event_text(events: &Events, index: usize) -> Text {
    Text::of(events.0.get(index).map_or(b"", |event| event.text.as_bytes()))
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_event_items(events: &Events, index: usize) -> usize {
    events.0.get(index).map_or(0, |event| event.items.len())
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsr_event_item(events: &Events, index: usize, item: usize) -> RawItem {
    let none = RawItem { kind: 0, number: 0, bytes: Text::of(b"") };
    match events.0.get(index).and_then(|event| event.items.get(item)) {
        None | Some(Item::Nil) => none,
        Some(Item::Number(number)) => RawItem { kind: 1, number: *number, ..none },
        Some(Item::Bytes(bytes)) => RawItem { kind: 2, bytes: Text::of(bytes), ..none },
    }
}
