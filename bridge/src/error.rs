//! Errors and byte strings handed to C++, and the catch at the border.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `wwsb_error`: text for the log.
pub struct Error {
    text: String,
}

impl Error {
    pub fn boxed(text: impl Into<String>) -> *mut Error {
        Box::into_raw(Box::new(Error { text: text.into() }))
    }
}

/// The causes of a Wasmtime error in one line, outermost first.
pub fn describe(error: &wasmtime::Error) -> String {
    format!("{error:#}")
}

/// Where the guest was when it failed, one frame a line, and what happened, without that.
pub fn describe_trap(error: &wasmtime::Error) -> (String, String) {
    let Some(backtrace) = error.downcast_ref::<wasmtime::WasmBacktrace>().map(ToString::to_string)
    else {
        return (String::new(), describe(error));
    };
    let causes: Vec<String> =
        error.chain().map(ToString::to_string).filter(|cause| *cause != backtrace).collect();
    // The first line is a heading.
    let frames = backtrace.split_once('\n').map_or("", |(_, frames)| frames);
    (frames.to_string(), causes.join(": "))
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic in the bridge: {}", text.as_deref().unwrap_or("no message"))
}

/// Runs `body` for a function that returns `wwsb_error*`.
pub fn guard(body: impl FnOnce() -> wasmtime::Result<()>) -> *mut Error {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => std::ptr::null_mut(),
        Ok(Err(error)) => Error::boxed(describe(&error)),
        Err(panic) => Error::boxed(panic_text(&*panic)),
    }
}

/// Drops what C++ gave back. A panic while dropping has nowhere to go: it is reported and swallowed.
pub fn drop_caught<T>(pointer: *mut T) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: made by Box::into_raw and given back once, as the header demands.
    let value = unsafe { Box::from_raw(pointer) };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
        eprintln!("{}", panic_text(&*panic));
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_error_text(error: &Error, size: &mut usize) -> *const u8 {
    *size = error.text.len();
    error.text.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_error_delete(error: *mut Error) {
    drop_caught(error);
}

/// `wwsb_bytes`: compiled code on its way to a file.
pub struct Bytes(pub Vec<u8>);

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_bytes_data(bytes: &Bytes, size: &mut usize) -> *const u8 {
    *size = bytes.0.len();
    bytes.0.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_bytes_delete(bytes: *mut Bytes) {
    drop_caught(bytes);
}
