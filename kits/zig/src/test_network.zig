//! The network in tests: who is asked answers with what was asked.

const std = @import("std");
const codes = @import("host.zig");

pub const first_operation = 6000;
const first_room = 7000;
/// How many bytes come and go at a time where they have to be waited for.
const piece = 7;

const Exchange = struct {
    is_pending: bool = false,
    is_complete: bool = false,
    is_ready: bool = false,
    room: usize = 0,
    head: [256]u8 = undefined,
    head_len: usize = 0,
    body: [512]u8 = undefined,
    body_len: usize = 0,
    read: usize = 0,
};

var exchanges: [16]Exchange = undefined;
var rooms: usize = 0;
/// All has to be waited for.
pub var is_slow = false;
/// The worker may send none.
pub var is_absent = false;
/// What requests come to; 0: an answer.
pub var fails: i32 = 0;

pub fn reset() void {
    exchanges = @splat(.{});
    rooms = 0;
    is_slow = false;
    is_absent = false;
    fails = 0;
}

pub fn pending() usize {
    var count = rooms;
    for (exchanges) |exchange| count += @intFromBool(exchange.is_pending);
    return count;
}

/// The head of a request as it was sent, behind the lengths of method and URL.
pub fn headOf(place: usize) []const u8 {
    return exchanges[place].head[8..exchanges[place].head_len];
}

fn find(operation: u32) ?*Exchange {
    const base: u32 = if (operation >= first_room) first_room else first_operation;
    const exchange = &exchanges[operation - base];
    return if (exchange.is_pending) exchange else null;
}

pub fn makeReady(operation: u32) bool {
    const exchange = find(operation) orelse return false;
    if (operation >= first_room) exchange.room = piece else exchange.is_ready = exchange.is_complete;
    return true;
}

pub fn end(operation: u32) bool {
    if (operation >= first_room) {
        rooms -= 1;
        return true;
    }
    const exchange = find(operation) orelse return false;
    exchange.is_pending = false;
    return true;
}

pub fn fetch_start(head: [*]const u8, head_len: usize, body: [*]const u8, body_len: usize, flags: u32) i32 {
    if (is_absent) return codes.absent;
    for (&exchanges, 0..) |*exchange, place| {
        if (exchange.is_pending) continue;
        exchange.* = .{ .is_pending = true, .is_complete = flags & 1 == 0, .is_ready = !is_slow };
        @memcpy(exchange.head[0..head_len], head[0..head_len]);
        exchange.head_len = head_len;
        @memcpy(exchange.body[0..body_len], body[0..body_len]);
        exchange.body_len = body_len;
        return @intCast(first_operation + place);
    }
    return codes.too_many;
}

fn code(exchange: *const Exchange) i32 {
    return if (!exchange.is_complete or !exchange.is_ready) codes.again else fails;
}

pub fn fetch_status(fetch: u32) i32 {
    const answer = code(find(fetch) orelse return codes.invalid);
    return if (answer < 0) answer else 201;
}

fn fill(text: []const u8, buffer: [*]u8, capacity: usize) i32 {
    if (text.len <= capacity) @memcpy(buffer[0..text.len], text);
    return @intCast(text.len);
}

pub fn fetch_headers(_: u32, buffer: [*]u8, capacity: usize) i32 {
    return fill("\x03\x00\x00\x00\x01\x00\x00\x00x-a1", buffer, capacity);
}

pub fn fetch_url(fetch: u32, buffer: [*]u8, capacity: usize) i32 {
    const head = find(fetch).?.head;
    const method_len = std.mem.readInt(u32, head[0..4], .little);
    return fill(head[8 + method_len ..][0..std.mem.readInt(u32, head[4..8], .little)], buffer, capacity);
}

pub fn fetch_error(_: u32, buffer: [*]u8, capacity: usize) i32 {
    return if (fails == 0) codes.absent else fill("of yesterday " ++ @as([600]u8, @splat('x')), buffer, capacity);
}

pub fn fetch_body_read(fetch: u32, buffer: [*]u8, capacity: usize) i32 {
    const exchange = find(fetch) orelse return codes.invalid;
    if (code(exchange) < 0) return code(exchange);
    const most = if (is_slow) piece else capacity;
    const len = @min(exchange.body_len - exchange.read, capacity, most);
    @memcpy(buffer[0..len], exchange.body[exchange.read..][0..len]);
    exchange.read += len;
    exchange.is_ready = !is_slow or len == 0;
    return @intCast(len);
}

pub fn fetch_body_write(fetch: u32, bytes: [*]const u8, len: usize) i32 {
    const exchange = find(fetch) orelse return codes.invalid;
    if (exchange.is_complete) return codes.state;
    if (is_slow and exchange.room == 0) return codes.again;
    const taken = if (is_slow) @min(len, exchange.room) else len;
    exchange.room -|= taken;
    @memcpy(exchange.body[exchange.body_len..][0..taken], bytes[0..taken]);
    exchange.body_len += taken;
    return @intCast(taken);
}

pub fn fetch_body_end(fetch: u32) i32 {
    const exchange = find(fetch) orelse return codes.invalid;
    exchange.is_complete = true;
    return 0;
}

pub fn fetch_room(fetch: u32) i32 {
    rooms += 1;
    return @intCast(first_room + (fetch - first_operation));
}
