//! The server in tests: one request, and what became of it. A test sets `request` and looks at `answer`.

const std = @import("std");
const codes = @import("host.zig");
const store = @import("test_store.zig");
const network = @import("test_network.zig");

pub const Pair = struct { []const u8, []const u8 };

pub const TestRequest = struct {
    fields: []const ?[]const u8 = &.{ "GET", "http://a.test/", "/", null, "10.1.2.3", "1-2", "/" },
    headers: []const Pair = &.{},
    params: []const Pair = &.{},
    vars: []const Pair = &.{},
    /// What request_body_read gives one after the other: "" is AGAIN, and behind them is the end.
    body: []const []const u8 = &.{},
    /// How many bytes response_body_write takes, one after the other: 0 is AGAIN; behind them it takes all.
    room: []const usize = &.{},
    /// The client left.
    closed: bool = false,
};

pub const TestAnswer = struct {
    status: i32 = 200,
    headers: [64]u8 = undefined,
    headers_len: usize = 0,
    body: [1024]u8 = undefined,
    body_len: usize = 0,
    finished: bool = false,
    waits: usize = 0,
    waited_for: u32 = 0,
    timer: i64 = 0,
    line: [64]u8 = undefined,
    line_len: usize = 0,
    level: i32 = -1,

    pub fn bodyText(a: *const TestAnswer) []const u8 {
        return a.body[0..a.body_len];
    }
    pub fn headerText(a: *const TestAnswer) []const u8 {
        return a.headers[0..a.headers_len];
    }
    pub fn lineText(a: *const TestAnswer) []const u8 {
        return a.line[0..a.line_len];
    }
};

pub var request: TestRequest = .{};
pub var answer: TestAnswer = .{};

fn fill(whole: []const u8, buffer: [*]u8, capacity: usize) i32 {
    if (whole.len <= capacity) @memcpy(buffer[0..whole.len], whole);
    return @intCast(whole.len);
}

fn fillList(pairs: []const Pair, buffer: [*]u8, capacity: usize) i32 {
    var len: usize = 0;
    for (pairs) |pair| len += 8 + pair[0].len + pair[1].len;
    if (len <= capacity) {
        var w: std.Io.Writer = .fixed(buffer[0..capacity]);
        for (pairs) |pair| {
            w.writeInt(u32, @intCast(pair[0].len), .little) catch unreachable;
            w.writeInt(u32, @intCast(pair[1].len), .little) catch unreachable;
            w.writeAll(pair[0]) catch unreachable;
            w.writeAll(pair[1]) catch unreachable;
        }
    }
    return @intCast(len);
}

pub fn request_get(field: u32, buffer: [*]u8, capacity: usize) i32 {
    return fill(request.fields[field] orelse return codes.absent, buffer, capacity);
}

pub fn request_headers(buffer: [*]u8, capacity: usize) i32 {
    return fillList(request.headers, buffer, capacity);
}

pub fn request_header(name: [*]const u8, name_len: usize, buffer: [*]u8, capacity: usize) i32 {
    for (request.headers) |pair| {
        if (std.mem.eql(u8, pair[0], name[0..name_len])) return fill(pair[1], buffer, capacity);
    }
    return codes.absent;
}

pub fn request_params(buffer: [*]u8, capacity: usize) i32 {
    return fillList(request.params, buffer, capacity);
}

pub fn request_vars(buffer: [*]u8, capacity: usize) i32 {
    return fillList(request.vars, buffer, capacity);
}

pub fn request_body_read(buffer: [*]u8, capacity: usize) i32 {
    if (request.closed) return codes.closed;
    if (request.body.len == 0) return 0;
    const part = request.body[0];
    request.body = request.body[1..];
    if (part.len == 0) return codes.again;
    std.debug.assert(part.len <= capacity); // tests have small parts
    return fill(part, buffer, capacity);
}

pub fn response_status(status: i32) i32 {
    if (status < 200 or status > 999) return codes.invalid;
    if (answer.body_len > 0) return codes.state;
    answer.status = status;
    return 0;
}

pub fn response_header(name: [*]const u8, name_len: usize, value: [*]const u8, value_len: usize) i32 {
    if (std.mem.indexOfScalar(u8, value[0..value_len], '\n') != null) return codes.invalid;
    if (answer.body_len > 0) return codes.state;
    const line = std.fmt.bufPrint(answer.headers[answer.headers_len..], "{s}: {s}\n", .{
        name[0..name_len], value[0..value_len],
    }) catch return codes.limit;
    answer.headers_len += line.len;
    return 0;
}

pub fn response_body_write(bytes: [*]const u8, len: usize) i32 {
    if (request.closed) return codes.closed;
    if (answer.finished) return codes.state;
    var taken = len;
    if (request.room.len > 0) {
        taken = @min(len, request.room[0]);
        request.room = request.room[1..];
        if (taken == 0) return codes.again;
    }
    @memcpy(answer.body[answer.body_len..][0..taken], bytes[0..taken]);
    answer.body_len += taken;
    return @intCast(taken);
}

pub fn response_finish() i32 {
    if (answer.finished) return codes.state;
    answer.finished = true;
    return 0;
}

pub fn timer(nanoseconds: i64) i32 {
    answer.timer = nanoseconds;
    return if (nanoseconds == std.math.maxInt(i64)) codes.limit else 16;
}

pub fn wait(operations: [*]const u32, count: usize) i32 {
    answer.waits += 1;
    answer.waited_for = operations[count - 1];
    if (answer.waited_for >= network.first_operation) {
        if (!network.makeReady(answer.waited_for)) return codes.invalid;
    } else if (answer.waited_for >= store.first_operation and !store.makeReady(answer.waited_for)) return codes.invalid;
    return @intCast(count - 1);
}

pub fn cancel(operation: u32) i32 {
    if (operation >= network.first_operation) return if (network.end(operation)) 0 else codes.invalid;
    return if (operation < store.first_operation or store.end(operation)) 0 else codes.invalid;
}

pub fn sleep(nanoseconds: i64) i32 {
    answer.timer = nanoseconds;
    return 0;
}

pub fn log(level: i32, text: [*]const u8, len: usize) i32 {
    answer.level = level;
    answer.line_len = @min(len, answer.line.len);
    @memcpy(answer.line[0..answer.line_len], text[0..answer.line_len]);
    return 0;
}

pub fn clock(id: i32) i64 {
    return if (id == 0) 1_700_000_000_000_000_000 else 3;
}

pub fn random(buffer: [*]u8, len: usize) i32 {
    @memset(buffer[0..len], 7);
    return 0;
}

pub const kv_select = store.kv_select;
pub const kv_get = store.kv_get;
pub const kv_get_many = store.kv_get_many;
pub const kv_list = store.kv_list;
pub const kv_put = store.kv_put;
pub const kv_put_with_metadata = store.kv_put_with_metadata;
pub const kv_delete = store.kv_delete;
pub const kv_increment = store.kv_increment;
pub const kv_compare_and_swap = store.kv_compare_and_swap;
pub const kv_transaction = store.kv_transaction;
pub const kv_result = store.kv_result;
pub const kv_result_with_metadata = store.kv_result_with_metadata;

pub const fetch_start = network.fetch_start;
pub const fetch_status = network.fetch_status;
pub const fetch_headers = network.fetch_headers;
pub const fetch_url = network.fetch_url;
pub const fetch_error = network.fetch_error;
pub const fetch_body_read = network.fetch_body_read;
pub const fetch_body_write = network.fetch_body_write;
pub const fetch_body_end = network.fetch_body_end;
pub const fetch_room = network.fetch_room;
