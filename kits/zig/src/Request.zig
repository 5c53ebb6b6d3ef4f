//! The request. Its strings are asked for when a function is called, and written to `arena`: they live as long as
//! the instance. `error.OutOfMemory`: the worker's limit `memory` is reached.

const builtin = @import("builtin");
const std = @import("std");
const wws = @import("wws.zig");
const codes = @import("host.zig");
const host = codes.functions;
const Fields = wws.Fields;
const Request = @This();

/// For the request's strings, and for whatever the handler likes: nothing of it needs to be freed. It begins with
/// 16 KiB that are part of the module's memory, and grows the memory after that.
arena: std.mem.Allocator,

var space: [16 << 10]u8 = undefined;
var allocator: std.heap.BufferFirstAllocator = .{
    .fallback_allocator = if (builtin.target.cpu.arch.isWasm()) std.heap.wasm_allocator else std.heap.page_allocator,
    .fixed_buffer_allocator = .{ .buffer = &space, .end_index = 0 },
};

/// Not for workers: `arena` is this.
pub fn instanceArena() std.mem.Allocator {
    return allocator.allocator();
}

/// What a function of the server fills a buffer with, asked for with `args` and the buffer; null if there is none.
fn take(request: *Request, comptime function: anytype, args: anytype) error{OutOfMemory}!?[]u8 {
    // Usually it fits into what is left of the space, without asking for a length first.
    const fixed = &allocator.fixed_buffer_allocator;
    const left = fixed.buffer[fixed.end_index..];
    const answer = @call(.auto, function, args ++ .{ codes.into(left), left.len });
    if (answer < 0) return null;
    const len: usize = @intCast(answer);
    if (len <= left.len) {
        fixed.end_index += len;
        return left[0..len];
    }
    const whole = try request.arena.alloc(u8, len);
    _ = @call(.auto, function, args ++ .{ codes.into(whole), whole.len });
    return whole;
}

const Field = enum(u32) { method = 0, url = 1, path = 2, query = 3, peer = 4, id = 5, sent_path = 6 };

fn get(request: *Request, field: Field) error{OutOfMemory}!?[]const u8 {
    return request.take(host.request_get, .{@backingInt(field)});
}

/// Such as "GET"; case-sensitive.
pub fn method(request: *Request) error{OutOfMemory}![]const u8 {
    return (try request.get(.method)).?;
}

/// With scheme and host, unless the project's `url_form` says otherwise.
pub fn url(request: *Request) error{OutOfMemory}![]const u8 {
    return (try request.get(.url)).?;
}

/// Normalised, percent-encoded; begins with '/'.
pub fn path(request: *Request) error{OutOfMemory}![]const u8 {
    return (try request.get(.path)).?;
}

/// As the client sent it: with the slash at its end, doubled slashes and dot segments. path() where the server does not
/// tell.
pub fn sentPath(request: *Request) error{OutOfMemory}![]const u8 {
    return try request.get(.sent_path) orelse request.path();
}

/// What stands after '?', as sent; null without '?'.
pub fn query(request: *Request) error{OutOfMemory}!?[]const u8 {
    return request.get(.query);
}

/// The address of the client.
pub fn peer(request: *Request) error{OutOfMemory}![]const u8 {
    return (try request.get(.peer)).?;
}

/// The id of the request, as in the server's log.
pub fn id(request: *Request) error{OutOfMemory}![]const u8 {
    return (try request.get(.id)).?;
}

/// The first value of that name in the query, decoded: `+` and percent-encoding. Null: there is none.
pub fn queryValue(request: *Request, name: []const u8) error{OutOfMemory}!?[]const u8 {
    const whole = try request.query() orelse return null;
    return formValue(whole, name, request.arena);
}

/// The first value of that name in a form (`application/x-www-form-urlencoded`), decoded; null: there is none.
pub fn formValue(form: []const u8, name: []const u8, gpa: std.mem.Allocator) error{OutOfMemory}!?[]const u8 {
    var pairs = std.mem.splitScalar(u8, form, '&');
    while (pairs.next()) |pair| {
        const end = std.mem.indexOfScalar(u8, pair, '=') orelse pair.len;
        const key = try gpa.dupe(u8, pair[0..end]);
        defer gpa.free(key);
        if (!std.mem.eql(u8, decode(key), name)) continue;
        return decode(try gpa.dupe(u8, pair[@min(end + 1, pair.len)..]));
    }
    return null;
}

fn decode(text: []u8) []u8 {
    std.mem.replaceScalar(u8, text, '+', ' ');
    return std.Uri.percentDecodeInPlace(text);
}

/// The value of a header; several of that name are joined with ", " ("; " for cookie). The name in any case. Null:
/// there is none.
pub fn header(request: *Request, name: []const u8) error{OutOfMemory}!?[]const u8 {
    return request.take(host.request_header, .{ codes.at(name), name.len });
}

/// The header fields in the order received: names in lower case, repeated ones kept.
pub fn headers(request: *Request) error{OutOfMemory}!Fields {
    return .{ .bytes = (try request.take(host.request_headers, .{})).? };
}

/// The parameters of the route, decoded.
pub fn params(request: *Request) error{OutOfMemory}!Fields {
    return .{ .bytes = (try request.take(host.request_params, .{})).? };
}

/// A parameter of the route, decoded: for item/[id].wasm the value of "id". Null: there is none of that name.
pub fn param(request: *Request, name: []const u8) error{OutOfMemory}!?[]const u8 {
    return (try request.params()).get(name);
}

/// The variables of the worker: [vars] of its TOML file.
pub fn vars(request: *Request) error{OutOfMemory}!Fields {
    return .{ .bytes = (try request.take(host.request_vars, .{})).? };
}

/// A variable of the worker. Null: there is none of that name.
pub fn variable(request: *Request, name: []const u8) error{OutOfMemory}!?[]const u8 {
    return (try request.vars()).get(name);
}

// --- the body ---

pub const ReadError = error{
    /// In the middle of the body: the rest will not come.
    ClientLeft,
};

/// The next bytes of the body, at least one unless the buffer is empty; waits for them. 0: the end.
pub fn read(request: *Request, buffer: []u8) ReadError!usize {
    while (true) {
        return request.tryRead(buffer) catch |err| switch (err) {
            error.WouldBlock => {
                _ = wws.wait(&.{.request_body});
                continue;
            },
            error.ClientLeft => |e| return e,
        };
    }
}

/// `read` that does not wait. `error.WouldBlock`: nothing is there now; `wws.wait` for `.request_body`.
pub fn tryRead(_: *Request, buffer: []u8) (ReadError || error{WouldBlock})!usize {
    const answer = host.request_body_read(codes.into(buffer), buffer.len);
    if (answer >= 0) return @intCast(answer);
    if (answer == codes.again) return error.WouldBlock;
    wws.client_left = true;
    return error.ClientLeft;
}

/// The rest of the body, in `arena`. `error.StreamTooLong`: there is more than `most`.
pub fn readAll(request: *Request, most: usize) (ReadError || error{ OutOfMemory, StreamTooLong })![]u8 {
    var body: std.ArrayList(u8) = .empty;
    while (true) {
        try body.ensureUnusedCapacity(request.arena, 1);
        const len = try request.read(body.unusedCapacitySlice());
        if (len == 0) return body.items;
        body.items.len += len;
        if (body.items.len > most) return error.StreamTooLong;
    }
}

/// The body for code that takes a `std.Io.Reader`: pass on `&reader.interface`, and do not move the reader then.
pub fn reader(request: *Request, buffer: []u8) Reader {
    return .{
        .request = request,
        .interface = .{ .vtable = &.{ .stream = Reader.stream }, .buffer = buffer, .seek = 0, .end = 0 },
    };
}

pub const Reader = struct {
    request: *Request,
    interface: std.Io.Reader,
    /// After `error.ReadFailed`: why.
    err: ?ReadError = null,

    fn stream(r: *std.Io.Reader, w: *std.Io.Writer, limit: std.Io.Limit) std.Io.Reader.StreamError!usize {
        const self: *Reader = @alignCast(@fieldParentPtr("interface", r));
        if (limit == .nothing) return 0;
        const target = limit.slice(try w.writableSliceGreedy(1));
        const len = self.request.read(target) catch |err| {
            self.err = err;
            return error.ReadFailed;
        };
        if (len == 0) return error.EndOfStream;
        w.advance(len);
        return len;
    }
};
