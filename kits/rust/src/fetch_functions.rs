//! The functions for outgoing requests (docs/abi.md), as the server has them.

#[link(wasm_import_module = "wws_v1")]
unsafe extern "C" {
    pub fn fetch_start(head: *const u8, head_length: usize, body: *const u8, body_length: usize, flags: u32) -> i32;
    pub fn fetch_status(fetch: u32) -> i32;
    pub fn fetch_headers(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
    pub fn fetch_url(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
    pub fn fetch_error(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
    pub fn fetch_body_read(fetch: u32, buffer: *mut u8, capacity: usize) -> i32;
    pub fn fetch_body_write(fetch: u32, bytes: *const u8, length: usize) -> i32;
    pub fn fetch_body_end(fetch: u32) -> i32;
    pub fn fetch_room(fetch: u32) -> i32;
}
