//! Outgoing requests of workers that run through `wws-json`, as versions 1.4 to 1.7 of this crate had them.
//!
//! ```no_run
//! use wasm_workers_rs::{Content, Result, bindings, http::{Request, Response}, worker};
//!
//! #[worker]
//! fn weather(_request: Request<String>) -> Result<Response<Content>> {
//!     let request = Request::get("https://weather.example/today").body(String::new())?;
//!     let response = bindings::send_http_request(request)?;
//!     Ok(Response::new(response.into_body().into()))
//! }
//! # fn main() {}
//! ```
//!
//! A native worker has [`fetch`](mod@crate::fetch), which sends several at once and streams.

use std::fmt;

use http::{Request, Response};

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The request is none.
    InvalidRequest,
    /// Its body cannot be sent.
    InvalidRequestBody,
    /// The answer is too large, or broken off.
    InvalidResponseBody,
    /// The worker may not send it there, or so.
    NotAllowed,
    /// Nobody answers there, or the server cannot send it now.
    InternalError,
    /// A time limit.
    Timeout,
    /// Too many redirects.
    RedirectLoop,
}

/// What became of a request instead of an answer.
#[derive(Clone, Debug)]
pub struct HttpRequestError {
    /// Why.
    pub error: HttpError,
    /// The server's words for it.
    pub message: String,
}

impl fmt::Display for HttpRequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({:?})", self.message, self.error)
    }
}

impl std::error::Error for HttpRequestError {}

/// Sends a request, and waits for all of its answer. Its method is GET, POST, PUT, PATCH, DELETE, OPTIONS or HEAD.
///
/// # Errors
///
/// There is no answer.
pub fn send_http_request<T>(request: Request<T>) -> Result<Response<Vec<u8>>, HttpRequestError>
where
    T: Into<Vec<u8>>,
{
    host::send(request.map(Into::into))
}

#[cfg(target_arch = "wasm32")]
mod host {
    use std::alloc::{Layout, alloc, dealloc, realloc};
    use std::ptr;

    use http::{Method, Request, Response};

    use super::{HttpError, HttpRequestError};

    /// A name and a value, or text alone, as the server reads and writes it.
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Slice {
        start: *mut u8,
        length: usize,
    }

    #[repr(C)]
    struct Field {
        name: Slice,
        value: Slice,
    }

    /// What the server writes: `body` is the message where there is an error, and then nothing follows it.
    #[repr(C, align(4))]
    struct Answer {
        is_error: u8,
        /// Whether there is a body, or what error it is.
        tag: u32,
        body: Slice,
        headers: *mut Field,
        headers_count: usize,
        status: u32,
    }

    const METHODS: [Method; 7] =
        [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::HEAD];

    #[link(wasm_import_module = "http")]
    unsafe extern "C" {
        #[link_name = "send-http-request"]
        fn send_http_request(
            has_body: u32,
            body: *const u8,
            body_length: usize,
            headers: *const Field,
            headers_count: usize,
            method: u32,
            params: *const u8,
            params_count: usize,
            url: *const u8,
            url_length: usize,
            answer: *mut Answer,
        );
    }

    /// Memory for the answer, which the server asks for.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn canonical_abi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
        let layout = |size| unsafe { Layout::from_size_align_unchecked(size, align) };
        let place = match (old_size, size) {
            // No memory, but an address that is right for its type.
            (_, 0) => return ptr::without_provenance_mut(align),
            (0, _) => unsafe { alloc(layout(size)) },
            _ => unsafe { realloc(old, layout(old_size), size) },
        };
        if place.is_null() {
            std::process::abort();
        }
        place
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn canonical_abi_free(start: *mut u8, size: usize, align: usize) {
        if size > 0 {
            unsafe { dealloc(start, Layout::from_size_align_unchecked(size, align)) };
        }
    }

    fn slice(bytes: &[u8]) -> Slice {
        Slice { start: bytes.as_ptr().cast_mut(), length: bytes.len() }
    }

    /// SAFETY: made by `canonical_abi_realloc` with this size, and given to nobody else.
    unsafe fn take(slice: Slice) -> Vec<u8> {
        if slice.length == 0 {
            return Vec::new();
        }
        unsafe { Vec::from_raw_parts(slice.start, slice.length, slice.length) }
    }

    fn error(error: HttpError, message: impl ToString) -> HttpRequestError {
        HttpRequestError { error, message: message.to_string() }
    }

    pub fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpRequestError> {
        let (head, body) = request.into_parts();
        let Some(method) = METHODS.iter().position(|method| *method == head.method) else {
            return Err(error(HttpError::InvalidRequest, format!("the method {} cannot be sent", head.method)));
        };
        let url = head.uri.to_string();
        // Values that are no text cannot be sent.
        let values = head.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let fields: Vec<_> = values
            .map(|(name, value)| Field { name: slice(name.as_bytes()), value: slice(value.as_bytes()) })
            .collect();
        let mut answer =
            Answer { is_error: 0, tag: 0, body: slice(b""), headers: ptr::null_mut(), headers_count: 0, status: 0 };
        // SAFETY: the server reads what it is given, and writes the answer and what it allocated.
        unsafe {
            send_http_request(
                1,
                body.as_ptr(),
                body.len(),
                fields.as_ptr(),
                fields.len(),
                u32::try_from(method).unwrap_or(0),
                ptr::null(),
                0,
                url.as_ptr(),
                url.len(),
                &mut answer,
            );
        }
        // SAFETY: as above; an answer without a body has the slice of nothing.
        let body = unsafe { take(answer.body) };
        if answer.is_error != 0 {
            return Err(error(kind(answer.tag), String::from_utf8_lossy(&body)));
        }
        let mut response = Response::builder().status(answer.status as u16);
        // SAFETY: as above.
        for field in unsafe { std::slice::from_raw_parts(answer.headers, answer.headers_count) } {
            let (name, value) = unsafe { (take(field.name), take(field.value)) };
            response = response.header(name, value);
        }
        if answer.headers_count > 0 {
            let size = answer.headers_count * size_of::<Field>();
            unsafe { canonical_abi_free(answer.headers.cast(), size, align_of::<Field>()) };
        }
        response.body(body).map_err(|problem| error(HttpError::InvalidResponseBody, problem))
    }

    fn kind(tag: u32) -> HttpError {
        match tag as u8 {
            0 => HttpError::InvalidRequest,
            1 => HttpError::InvalidRequestBody,
            2 => HttpError::InvalidResponseBody,
            3 => HttpError::NotAllowed,
            5 => HttpError::Timeout,
            6 => HttpError::RedirectLoop,
            _ => HttpError::InternalError,
        }
    }
}

/// In tests on your own machine: who answers is said by `fetch::answer_with`.
#[cfg(not(target_arch = "wasm32"))]
mod host {
    use http::{Request, Response};

    use super::{HttpError, HttpRequestError};
    use crate::fetch::ErrorKind;

    pub fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpRequestError> {
        match crate::fetch_host::exchange(request.map(Into::into)) {
            Ok(response) => Ok(response.map(Into::into)),
            Err(error) => Err(HttpRequestError { error: kind(error.kind()), message: error.message().into() }),
        }
    }

    /// As the server maps them.
    fn kind(kind: ErrorKind) -> HttpError {
        match kind {
            ErrorKind::Invalid => HttpError::InvalidRequest,
            ErrorKind::NotAllowed | ErrorKind::TooMany => HttpError::NotAllowed,
            ErrorKind::Timeout => HttpError::Timeout,
            ErrorKind::Redirect | ErrorKind::Loop => HttpError::RedirectLoop,
            ErrorKind::TooLarge | ErrorKind::Broken => HttpError::InvalidResponseBody,
            _ => HttpError::InternalError,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bytes;
    use crate::fetch::{Error, ErrorKind, answer_with};

    #[test]
    fn bodies_are_text_or_bytes() {
        answer_with(|request| Ok(Response::builder().status(201).body(request.into_body()).unwrap()));
        let send = |body: &'static str| Request::post("http://upstream/").body(body).unwrap();
        for response in [
            send_http_request(send("a").map(String::from)),
            send_http_request(send("a").map(Vec::from)),
            send_http_request(send("a").map(Bytes::from)),
        ] {
            let response = response.unwrap();
            assert_eq!((response.status().as_u16(), response.body().as_slice()), (201, &b"a"[..]));
        }
    }

    #[test]
    fn errors_have_the_old_names() {
        answer_with(|_| Err(Error::new(ErrorKind::Loop, "round and round")));
        let error = send_http_request(Request::get("http://upstream/").body(String::new()).unwrap()).unwrap_err();
        assert_eq!((error.error, error.message.as_str()), (HttpError::RedirectLoop, "round and round"));
    }
}
