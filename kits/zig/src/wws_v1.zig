//! The functions of the server, `wws_v1`: docs/abi.md says what each does.

pub extern "wws_v1" fn request_get(field: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn request_headers(buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn request_header(name: [*]const u8, name_len: usize, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn request_params(buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn request_vars(buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn request_body_read(buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn response_status(status: i32) i32;
pub extern "wws_v1" fn response_header(name: [*]const u8, name_len: usize, value: [*]const u8, value_len: usize) i32;
pub extern "wws_v1" fn response_body_write(bytes: [*]const u8, len: usize) i32;
pub extern "wws_v1" fn response_finish() i32;
pub extern "wws_v1" fn timer(nanoseconds: i64) i32;
pub extern "wws_v1" fn wait(operations: [*]const u32, count: usize) i32;
pub extern "wws_v1" fn cancel(operation: u32) i32;
pub extern "wws_v1" fn sleep(nanoseconds: i64) i32;
pub extern "wws_v1" fn log(level: i32, text: [*]const u8, len: usize) i32;
pub extern "wws_v1" fn clock(id: i32) i64;
pub extern "wws_v1" fn random(buffer: [*]u8, len: usize) i32;
pub extern "wws_v1" fn kv_select(name: [*]const u8, name_len: usize) i32;
pub extern "wws_v1" fn kv_get(key: [*]const u8, key_len: usize) i32;
pub extern "wws_v1" fn kv_get_many(keys: [*]const u8, len: usize) i32;
pub extern "wws_v1" fn kv_list(
    prefix: [*]const u8,
    prefix_len: usize,
    after: [*]const u8,
    after_len: usize,
    limit: u32,
    content: u32,
) i32;
pub extern "wws_v1" fn kv_put(
    key: [*]const u8,
    key_len: usize,
    value: [*]const u8,
    value_len: usize,
    time_to_live: i64,
    condition: u32,
) i32;
pub extern "wws_v1" fn kv_put_with_metadata(
    key: [*]const u8,
    key_len: usize,
    value: [*]const u8,
    value_len: usize,
    metadata: [*]const u8,
    metadata_len: usize,
    time_to_live: i64,
    condition: u32,
) i32;
pub extern "wws_v1" fn kv_delete(key: [*]const u8, key_len: usize) i32;
pub extern "wws_v1" fn kv_increment(key: [*]const u8, key_len: usize, by: i64, time_to_live: i64) i32;
pub extern "wws_v1" fn kv_compare_and_swap(
    key: [*]const u8,
    key_len: usize,
    version: u64,
    value: [*]const u8,
    value_len: usize,
    time_to_live: i64,
) i32;
pub extern "wws_v1" fn kv_transaction(changes: [*]const u8, len: usize) i32;
pub extern "wws_v1" fn kv_result(operation: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn kv_result_with_metadata(operation: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn fetch_start(head: [*]const u8, head_len: usize, body: [*]const u8, body_len: usize, flags: u32) i32;
pub extern "wws_v1" fn fetch_status(fetch: u32) i32;
pub extern "wws_v1" fn fetch_headers(fetch: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn fetch_url(fetch: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn fetch_error(fetch: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn fetch_body_read(fetch: u32, buffer: [*]u8, capacity: usize) i32;
pub extern "wws_v1" fn fetch_body_write(fetch: u32, bytes: [*]const u8, len: usize) i32;
pub extern "wws_v1" fn fetch_body_end(fetch: u32) i32;
pub extern "wws_v1" fn fetch_room(fetch: u32) i32;
/// An input of `crypto`.
pub const Bytes = extern struct { data: [*]const u8, size: usize };
pub extern "wws_v1" fn crypto(operation: u32, hash: u32, number: u32, inputs: [*]const Bytes, count: usize, buffer: [*]u8, capacity: usize) i32;
