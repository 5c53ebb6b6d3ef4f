//! Errors and byte strings handed to C++, and the catch at the border.

use std::any::Any;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::WasmBacktrace;

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

/// Where the guest was when it failed, and what happened, without that.
pub fn describe_trap(error: &wasmtime::Error) -> (String, String) {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return (String::new(), describe(error));
    };
    let heading = backtrace.to_string();
    let causes: Vec<String> =
        error.chain().map(ToString::to_string).filter(|cause| *cause != heading).collect();
    let mut frames = String::new();
    for (number, frame) in backtrace.frames().iter().enumerate() {
        let offset = frame.module_offset().unwrap_or_default();
        let name = frame
            .func_name()
            .map_or_else(|| format!("function {}", frame.func_index()), readable);
        let _ = writeln!(frames, "{number:5}: {offset:#8x} - {name}");
        for symbol in frame.symbols() {
            let (file, line) = (symbol.file().unwrap_or("?"), symbol.line().unwrap_or(0));
            let inlined = symbol.name().map_or(String::new(), readable);
            let _ = writeln!(frames, "{:>15} {}:{line} {inlined}", "at", cut(file));
        }
    }
    (frames, causes.join(": "))
}

/// The longest name, file or cause that is reported.
const LONGEST_NAME: usize = 160;

/// A function's name as its programmer wrote it, where it is Rust's. The module says what its names are,
/// and a short one may stand for a very long one: C++'s stay as they are, and each is cut.
fn readable(name: &str) -> String {
    if name.len() > 4 * LONGEST_NAME {
        return cut(name).to_string();
    }
    let mut text = Cut(String::new());
    // An error says that there is more than is wanted.
    let _ = write!(text, "{:#}", rustc_demangle::demangle(name));
    text.0
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_NAME);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Takes text until it is long enough.
struct Cut(String);

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST_NAME {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
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
