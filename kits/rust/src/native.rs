//! The native ABI (docs/abi.md): its functions, and what a library's exports call.

use std::mem::MaybeUninit;

use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header::CONTENT_TYPE};

use crate::answer::{Answer, FAILED};
use crate::body::{Body, FromBody, Parts, Refusal};
use crate::content::Content;
use crate::host::{self, AGAIN, Host, METHOD, PATH, QUERY, RESPONSE_BODY, Space, URL, fetch};
use crate::{Params, list, log, renew, server};

#[cfg(target_arch = "wasm32")]
mod functions {
    #[link(wasm_import_module = "wws_v1")]
    unsafe extern "C" {
        pub fn request_get(field: u32, buffer: *mut u8, capacity: usize) -> i32;
        pub fn request_headers(buffer: *mut u8, capacity: usize) -> i32;
        pub fn request_params(buffer: *mut u8, capacity: usize) -> i32;
        pub fn request_vars(buffer: *mut u8, capacity: usize) -> i32;
        pub fn request_body_read(buffer: *mut u8, capacity: usize) -> i32;
        pub fn response_status(status: i32) -> i32;
        pub fn response_header(name: *const u8, name_length: usize, value: *const u8, value_length: usize) -> i32;
        pub fn response_body_write(bytes: *const u8, length: usize) -> i32;
        pub fn timer(nanoseconds: i64) -> i32;
        pub fn wait(operations: *const u32, count: usize) -> i32;
        pub fn cancel(operation: u32) -> i32;
        pub fn sleep(nanoseconds: i64) -> i32;
        pub fn log(level: u32, text: *const u8, length: usize) -> i32;
        pub fn clock(id: u32) -> i64;
        pub fn random(buffer: *mut u8, length: usize) -> i32;
    }
}

/// For tests of a worker's own code on the machine where it is built: there is no server, and nothing calls the exports.
#[cfg(not(target_arch = "wasm32"))]
mod functions {
    macro_rules! absent {
        ($($name:ident($($argument:ty),*) -> $result:ty;)*) => {
            $(pub unsafe fn $name($(_: $argument),*) -> $result { unreachable!("there is no server around this test") })*
        };
    }
    absent! {
        request_get(u32, *mut u8, usize) -> i32;
        request_headers(*mut u8, usize) -> i32;
        request_params(*mut u8, usize) -> i32;
        request_vars(*mut u8, usize) -> i32;
        request_body_read(*mut u8, usize) -> i32;
        response_status(i32) -> i32;
        response_header(*const u8, usize, *const u8, usize) -> i32;
        response_body_write(*const u8, usize) -> i32;
        timer(i64) -> i32;
        wait(*const u32, usize) -> i32;
        cancel(u32) -> i32;
        sleep(i64) -> i32;
        log(u32, *const u8, usize) -> i32;
        clock(u32) -> i64;
        random(*mut u8, usize) -> i32;
    }
}

/// The server, by its functions.
pub(crate) struct Native;

/// Start and capacity of a buffer.
#[inline]
fn parts_of(space: &mut [MaybeUninit<u8>]) -> (*mut u8, usize) {
    (space.as_mut_ptr().cast(), space.len())
}

// SAFETY of the calls below: the server reads or writes the given bytes during the call, and keeps no address.
impl Host for Native {
    #[inline]
    fn request_get(&self, field: u32, buffer: Space) -> i32 {
        let (start, capacity) = parts_of(buffer);
        unsafe { functions::request_get(field, start, capacity) }
    }

    fn request_vars(&self, buffer: Space) -> i32 {
        let (start, capacity) = parts_of(buffer);
        unsafe { functions::request_vars(start, capacity) }
    }

    #[inline]
    fn body_read(&self, buffer: Space) -> i32 {
        let (start, capacity) = parts_of(buffer);
        unsafe { functions::request_body_read(start, capacity) }
    }

    #[inline]
    fn body_write(&self, bytes: &[u8]) -> i32 {
        unsafe { functions::response_body_write(bytes.as_ptr(), bytes.len()) }
    }

    fn timer(&self, nanoseconds: i64) -> i32 {
        unsafe { functions::timer(nanoseconds) }
    }

    #[inline]
    fn wait(&self, operations: &[u32]) -> i32 {
        unsafe { functions::wait(operations.as_ptr(), operations.len()) }
    }

    fn cancel(&self, operation: u32) -> i32 {
        unsafe { functions::cancel(operation) }
    }

    fn sleep(&self, nanoseconds: i64) -> i32 {
        unsafe { functions::sleep(nanoseconds) }
    }

    fn log(&self, level: u32, text: &str) {
        unsafe { functions::log(level, text.as_ptr(), text.len()) };
    }

    fn clock(&self, id: u32) -> i64 {
        unsafe { functions::clock(id) }
    }

    fn random(&self, buffer: &mut [u8]) -> i32 {
        unsafe { functions::random(buffer.as_mut_ptr(), buffer.len()) }
    }
}

/// Defines `_initialize` where rustc does not link it (build.rs): the constructors of C libraries, if there are any.
/// That something calls them keeps the linker from running them in every export.
#[cfg(wws_defines_initialize)]
#[doc(hidden)]
#[macro_export]
macro_rules! __initialize {
    () => {
        #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "_initialize"))]
        extern "C" fn initialize() {
            $crate::__rt::native::call_constructors();
        }
    };
}

#[cfg(not(wws_defines_initialize))]
#[doc(hidden)]
#[macro_export]
macro_rules! __initialize {
    () => {};
}

/// What `_initialize` does.
#[inline]
pub fn call_constructors() {
    #[cfg(target_arch = "wasm32")]
    {
        unsafe extern "C" {
            fn __wasm_call_ctors();
        }
        // SAFETY: made by the linker; the server calls `_initialize` once, before all else.
        unsafe { __wasm_call_ctors() }
    }
}

/// Comes first in each export of the worker.
#[inline]
pub fn enter() {
    host::set(&Native);
    #[cfg(feature = "log")]
    crate::log::install();
}

/// `wws_init` ends: a snapshot may be taken after it.
pub fn end_init() {
    renew::prepare();
}

/// `wws_resume` of a worker that has a `wws_init`: this instance is one of many with the same past.
pub fn renew() {
    renew::renew(&Native);
}

/// The request, of which the handler looks at `parts`. `None`: it was answered, or the client is gone.
#[inline(always)]
pub fn request<B: FromBody>(parts: Parts) -> Option<Request<B>> {
    let body = match (parts.body, B::unread()) {
        (false, Some(body)) => body,
        _ => match B::from_body(Body::of_request()) {
            Ok(body) => body,
            Err(refusal) => {
                refuse(refusal);
                return None;
            }
        },
    };
    let mut request = Request::new(body);
    if parts.method {
        *request.method_mut() = method();
    }
    if parts.uri {
        *request.uri_mut() = uri();
    }
    if parts.headers {
        *request.headers_mut() = headers();
    }
    Some(request)
}

fn method() -> Method {
    let mut buffer = [MaybeUninit::<u8>::uninit(); 32];
    let length = Native.request_get(METHOD, &mut buffer);
    match usize::try_from(length).ok().and_then(|length| buffer.get(..length)) {
        // SAFETY: the server has written so many bytes.
        Some(text) => Method::from_bytes(unsafe { &*(std::ptr::from_ref(text) as *const [u8]) }).unwrap_or_default(),
        None => {
            let text = fetch(32, |buffer| Native.request_get(METHOD, buffer)).unwrap_or_default();
            Method::from_bytes(&text).unwrap_or_default()
        }
    }
}

fn uri() -> Uri {
    let url = fetch(256, |buffer| Native.request_get(URL, buffer)).unwrap_or_default();
    server::to_uri(url, || {
        // A host that is none, for instance: what was asked for counts.
        let mut target = fetch(256, |buffer| Native.request_get(PATH, buffer)).unwrap_or_default();
        if let Some(query) = fetch(256, |buffer| Native.request_get(QUERY, buffer)) {
            target.push(b'?');
            target.extend(query);
        }
        target
    })
}

fn headers() -> HeaderMap {
    // Kept until the instance ends with the answer.
    let list: &'static [u8] = fetch(2048, |buffer| {
        let (start, capacity) = parts_of(buffer);
        // SAFETY: as above.
        unsafe { functions::request_headers(start, capacity) }
    })
    .unwrap_or_default()
    .leak();
    let mut headers = HeaderMap::with_capacity(16);
    list::add_headers(&mut headers, list::Entries::of(list));
    headers
}

/// The parameters of the route.
pub fn params() -> Params {
    let list = fetch(256, |buffer| {
        let (start, capacity) = parts_of(buffer);
        // SAFETY: as above.
        unsafe { functions::request_params(start, capacity) }
    });
    list::to_map(&list.unwrap_or_default())
}

/// Gives the handler's answer to the server.
#[inline(always)]
pub fn answer(answer: impl Answer) {
    match answer.into_response() {
        Ok(response) => send(response),
        Err(text) => fail(&text),
    }
}

#[inline(always)]
fn send(response: Response<Content>) {
    let (head, content) = response.into_parts();
    if head.status != StatusCode::OK && set_status(head.status) < 0 {
        return fail(&format!("the status {} cannot be answered", head.status.as_u16()));
    }
    let mut has_type = false;
    for (name, value) in &head.headers {
        has_type |= name == CONTENT_TYPE;
        let code = add_header(name.as_str().as_bytes(), value.as_bytes());
        if code < 0 {
            return fail(&format!("the header {name} cannot be answered ({code})"));
        }
    }
    // The instance ends with the answer; there is no use in freeing what it has.
    std::mem::forget(head);
    if !has_type {
        if let Some(kind) = content.type_of_native() {
            add_header(b"content-type", kind.as_bytes());
        }
    }
    match content.bytes() {
        Some(bytes) => {
            write_all(bytes);
            std::mem::forget(content);
        }
        None => {
            if let Err(text) = content.run() {
                fail(&text);
            }
        }
    }
}

#[inline]
fn set_status(status: StatusCode) -> i32 {
    // SAFETY: no addresses.
    unsafe { functions::response_status(status.as_u16().into()) }
}

#[inline]
fn add_header(name: &[u8], value: &[u8]) -> i32 {
    // SAFETY: as above.
    unsafe { functions::response_header(name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
}

/// The handler gave an error, or what makes the body.
#[cold]
fn fail(text: &str) {
    if host::client_left() {
        return;
    }
    Native.log(log::ERROR, text);
    if set_status(StatusCode::INTERNAL_SERVER_ERROR) < 0 {
        // The head was sent, and a clean end would pass for a complete answer.
        std::process::abort();
    }
    write_text(FAILED);
}

#[cold]
fn refuse(refusal: Refusal) {
    if let Refusal::Bad(text) = refusal {
        set_status(StatusCode::BAD_REQUEST);
        write_text(&text);
    }
}

fn write_text(text: &str) {
    add_header(b"content-type", b"text/plain; charset=utf-8");
    write_all(text.as_bytes());
}

/// Writes to the body, waiting for room. If the client is gone there is nobody to be told.
#[inline]
fn write_all(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match Native.body_write(bytes) {
            AGAIN => _ = Native.wait(&[RESPONSE_BODY]),
            code => match usize::try_from(code) {
                Ok(taken) => bytes = &bytes[taken..],
                Err(_) => return,
            },
        }
    }
}
