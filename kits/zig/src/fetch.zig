//! Outgoing requests, to where `[features.http_requests]` in the worker's TOML file allows.
//!
//! ```zig
//! var answer = try wws.fetch.send(request.arena, "https://api.example.com/today", .{});
//! const body = try answer.readAll(request.arena, 1 << 20);
//! ```
//!
//! Functions wait for what they ask. To have several on their way at once, `begin` each, and `finish` them then. What is
//! read lies in the arena that is given, such as `request.arena`. Encodings of bodies, such as gzip, are not undone.

const std = @import("std");
const wws = @import("wws.zig");
const codes = @import("host.zig");
const host = codes.functions;
const Allocator = std.mem.Allocator;

/// Why a request has no answer, or not all of it.
pub const Error = error{
    /// The request is none: its method, URL or header fields.
    InvalidRequest,
    /// The worker may not send it there, or so; or it may send none.
    NotAllowed,
    /// No such name, or nobody answers there.
    Unreachable,
    /// There is no secure connection to who it should be.
    Tls,
    /// A time limit.
    Timeout,
    /// Too many redirects, one that cannot be followed, or any with `.redirect = .fail`.
    Redirect,
    /// Requests go round through this server.
    Loop,
    /// A body or head above its limit.
    TooLarge,
    /// The other side broke off, or does not speak HTTP.
    Broken,
    /// More requests than the worker may send.
    TooManyRequests,
    /// The server cannot send it now.
    Unavailable,
    /// The body of this request does not stream, or is complete.
    BodyComplete,
    ClientLeft,
};

fn errorOf(code: i32) Error {
    @branchHint(.cold);
    return switch (code) {
        codes.closed => {
            wws.client_left = true;
            return error.ClientLeft;
        },
        codes.invalid => error.InvalidRequest,
        codes.state => error.BodyComplete,
        codes.absent, codes.not_allowed => error.NotAllowed,
        codes.unreachable_host => error.Unreachable,
        codes.tls => error.Tls,
        codes.timeout => error.Timeout,
        codes.redirect => error.Redirect,
        codes.loop => error.Loop,
        codes.too_large => error.TooLarge,
        codes.limit, codes.too_many => error.TooManyRequests,
        codes.unavailable => error.Unavailable,
        else => error.Broken,
    };
}

/// What is done with an answer that leads elsewhere.
pub const Redirect = enum(u32) {
    /// It is followed, as far as the worker may send requests.
    follow = 0,
    /// It is the answer.
    manual = 2,
    /// It is an error.
    fail = 4,
};

/// Where a function that fails leaves the server's words for it.
pub const Diagnostics = struct { message: []const u8 = "" };

pub const Options = struct {
    method: []const u8 = "GET",
    headers: []const std.http.Header = &.{},
    /// All of it, up to 16 MiB.
    body: []const u8 = "",
    /// The body follows, by `Pending.writeAll` and `Pending.end`; `body` is empty.
    body_streams: bool = false,
    redirect: Redirect = .follow,
    diagnostics: ?*Diagnostics = null,
};

/// Sends a request and waits for the head of its answer. The URL has scheme and host.
pub fn send(arena: Allocator, url: []const u8, options: Options) (Error || Allocator.Error)!Answer {
    const pending = try begin(arena, url, options);
    return pending.finish(arena);
}

/// Begins a request.
pub fn begin(arena: Allocator, url: []const u8, options: Options) (Error || Allocator.Error)!Pending {
    var head: std.ArrayList(u8) = .empty;
    try appendEntry(arena, &head, options.method, url);
    for (options.headers) |header| try appendEntry(arena, &head, header.name, header.value);
    const flags = @backingInt(options.redirect) | @as(u32, if (options.body_streams) 1 else 0);
    const body = options.body;
    const code = host.fetch_start(codes.at(head.items), head.items.len, codes.at(body), body.len, flags);
    if (code < 0) {
        if (options.diagnostics) |diagnostics| diagnostics.message = "the server did not begin it";
        return errorOf(code);
    }
    return .{ .operation = @fromBackingInt(@as(u32, @intCast(code))), .diagnostics = options.diagnostics };
}

fn appendEntry(arena: Allocator, list: *std.ArrayList(u8), name: []const u8, value: []const u8) Allocator.Error!void {
    inline for (.{ name, value }) |text| {
        var length: [4]u8 = undefined;
        std.mem.writeInt(u32, &length, @intCast(text.len), .little);
        try list.appendSlice(arena, &length);
    }
    try list.appendSlice(arena, name);
    try list.appendSlice(arena, value);
}

/// A request that was begun. It is under way until its answer was read, or `wws.cancel(pending.operation)`.
pub const Pending = struct {
    /// For `wws.wait` among others: ready when there is something new.
    operation: wws.Operation,
    diagnostics: ?*Diagnostics = null,

    /// Waits for the head of the answer. Once.
    pub fn finish(pending: Pending, arena: Allocator) (Error || Allocator.Error)!Answer {
        const fetch = @backingInt(pending.operation);
        while (true) {
            const status = host.fetch_status(fetch);
            if (status == codes.again) {
                _ = wws.wait(&.{pending.operation});
                continue;
            }
            if (status < 0) {
                if (pending.diagnostics) |diagnostics| diagnostics.message = try message(arena, pending.operation);
                wws.cancel(pending.operation);
                return errorOf(status);
            }
            return .{
                .operation = pending.operation,
                .status = @fromBackingInt(@as(u10, @intCast(status))),
                .headers = .{ .bytes = try whole(arena, host.fetch_headers, fetch) orelse "" },
                .url = try whole(arena, host.fetch_url, fetch) orelse "",
            };
        }
    }

    /// Writes all of the bytes to a body that streams; waits for room.
    pub fn writeAll(pending: Pending, bytes: []const u8) Error!void {
        const fetch = @backingInt(pending.operation);
        var rest = bytes;
        while (rest.len > 0) {
            const taken = host.fetch_body_write(fetch, codes.at(rest), rest.len);
            if (taken == codes.again) {
                const room = host.fetch_room(fetch);
                if (room < 0) return errorOf(room);
                const operation: wws.Operation = @fromBackingInt(@as(u32, @intCast(room)));
                _ = wws.wait(&.{operation});
                wws.cancel(operation);
                continue;
            }
            if (taken < 0) return errorOf(taken);
            rest = rest[@intCast(taken)..];
        }
    }

    /// The body that streams is complete.
    pub fn end(pending: Pending) Error!void {
        const code = host.fetch_body_end(@backingInt(pending.operation));
        if (code < 0) return errorOf(code);
    }
};

/// The head of an answer, and the way to its body.
pub const Answer = struct {
    /// Of the request. `wws.cancel` breaks off what was not read.
    operation: wws.Operation,
    status: std.http.Status,
    /// In the order received, names in lower case, repeated ones kept.
    headers: wws.Fields,
    /// That answered: after redirects another one.
    url: []const u8,

    /// The next bytes of the body, at least one unless the buffer is empty; waits for them. 0: the end.
    pub fn read(answer: Answer, buffer: []u8) Error!usize {
        while (true) {
            return answer.tryRead(buffer) catch |err| switch (err) {
                error.WouldBlock => {
                    _ = wws.wait(&.{answer.operation});
                    continue;
                },
                else => |e| return e,
            };
        }
    }

    /// `read` that does not wait. `error.WouldBlock`: nothing is there now; `wws.wait` for `operation`.
    pub fn tryRead(answer: Answer, buffer: []u8) (Error || error{WouldBlock})!usize {
        const len = host.fetch_body_read(@backingInt(answer.operation), codes.into(buffer), buffer.len);
        if (len >= 0) return @intCast(len);
        return if (len == codes.again) error.WouldBlock else errorOf(len);
    }

    /// The rest of the body. `error.StreamTooLong`: there is more than `most`.
    pub fn readAll(answer: Answer, arena: Allocator, most: usize) (Error || error{ OutOfMemory, StreamTooLong })![]u8 {
        var body: std.ArrayList(u8) = .empty;
        while (true) {
            try body.ensureUnusedCapacity(arena, 1);
            const len = try answer.read(body.unusedCapacitySlice());
            if (len == 0) return body.items;
            body.items.len += len;
            if (body.items.len > most) return error.StreamTooLong;
        }
    }

    /// The server's words for why the body broke off.
    pub fn errorMessage(answer: Answer, arena: Allocator) Allocator.Error![]const u8 {
        return message(arena, answer.operation);
    }
};

fn message(arena: Allocator, operation: wws.Operation) Allocator.Error![]const u8 {
    return try whole(arena, host.fetch_error, @backingInt(operation)) orelse "";
}

/// All of what a function of the server fills a buffer with; null if there is none.
fn whole(arena: Allocator, comptime function: anytype, fetch: u32) Allocator.Error!?[]u8 {
    var space: [512]u8 = undefined;
    const answer = function(fetch, &space, space.len);
    if (answer < 0) return null;
    const len: usize = @intCast(answer);
    if (len <= space.len) return try arena.dupe(u8, space[0..len]);
    const bytes = try arena.alloc(u8, len);
    _ = function(fetch, codes.into(bytes), bytes.len);
    return bytes;
}
