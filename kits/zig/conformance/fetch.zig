//! The routes of outgoing requests.

const std = @import("std");
const wws = @import("wws");
const fetch = wws.fetch;
const Request = wws.Request;
const Response = wws.Response;

const Handler = *const fn (*Request, *Response, *fetch.Diagnostics) anyerror!void;

const handlers: std.StaticStringMap(Handler) = .initComptime(.{
    .{ "send", send }, .{ "pass", pass }, .{ "made", made }, .{ "overlap", overlap }, .{ "drop", drop }, .{ "late", late },
});

const names: std.StaticStringMap([]const u8) = .initComptime(.{
    .{ "InvalidRequest", "Invalid" }, .{ "TooManyRequests", "TooMany" }, .{ "ClientLeft", "Closed" },
});

pub fn answer(request: *Request, response: *Response, name: []const u8) !void {
    const handler = handlers.get(name) orelse {
        try response.setStatus(404);
        return response.writeAll("nothing here");
    };
    var diagnostics: fetch.Diagnostics = .{};
    handler(request, response, &diagnostics) catch |err| {
        // Once the head is out, the end of the instance breaks the answer off.
        response.setStatus(502) catch return err;
        try response.addHeader("content-type", "text/plain");
        try response.writeAll(names.get(@errorName(err)) orelse @errorName(err));
        try response.writeAll("\n");
        try response.writeAll(diagnostics.message);
    };
}

fn number(request: *Request, name: []const u8) !u32 {
    return std.fmt.parseInt(u32, try request.queryValue(name) orelse "", 10) catch 0;
}

/// What the query says of a request.
fn begin(request: *Request, options: fetch.Options) !fetch.Pending {
    var all = options;
    const sent = try request.queryValue("x");
    const headers = [_]std.http.Header{.{ .name = "x-sent", .value = sent orelse "" }};
    if (sent != null) all.headers = &headers;
    if (try request.queryValue("redirect")) |redirect| {
        all.redirect = if (std.mem.eql(u8, redirect, "manual")) .manual else .fail;
    }
    return fetch.begin(request.arena, try request.queryValue("url") orelse "", all);
}

/// Passes the answer on as it arrives.
fn finish(request: *Request, response: *Response, pending: fetch.Pending) !void {
    const got = try pending.finish(request.arena);
    var values: std.ArrayList(u8) = .empty;
    var fields = got.headers;
    while (fields.next()) |field| {
        if (!std.mem.eql(u8, field.name, "x-a")) continue;
        if (values.items.len > 0) try values.appendSlice(request.arena, ", ");
        try values.appendSlice(request.arena, field.value);
    }
    try response.setStatus(@backingInt(got.status));
    try response.addHeader("x-upstream", values.items);
    try response.addHeader("x-url", got.url);
    if (got.headers.get("content-type")) |kind| try response.addHeader("content-type", kind);
    const buffer = try request.arena.alloc(u8, 64 << 10);
    while (true) {
        const len = try got.read(buffer);
        if (len == 0) return;
        try response.writeAll(buffer[0..len]);
    }
}

fn send(request: *Request, response: *Response, diagnostics: *fetch.Diagnostics) !void {
    const body = try request.readAll(16 << 20);
    const options: fetch.Options = .{ .method = try request.method(), .body = body, .diagnostics = diagnostics };
    try finish(request, response, try begin(request, options));
}

fn pass(request: *Request, response: *Response, diagnostics: *fetch.Diagnostics) !void {
    const options: fetch.Options = .{ .method = try request.method(), .body_streams = true, .diagnostics = diagnostics };
    const pending = try begin(request, options);
    const buffer = try request.arena.alloc(u8, 64 << 10);
    while (true) {
        const len = try request.read(buffer);
        if (len == 0) break;
        pending.writeAll(buffer[0..len]) catch break; // the answer says why
    }
    pending.end() catch {};
    try finish(request, response, pending);
}

fn made(request: *Request, response: *Response, diagnostics: *fetch.Diagnostics) !void {
    const pending = try begin(request, .{ .method = "POST", .body_streams = true, .diagnostics = diagnostics });
    const piece: [50_000]u8 = @splat('x');
    var left = try number(request, "bytes");
    while (left > 0) {
        const now = @min(left, piece.len);
        pending.writeAll(piece[0..now]) catch break;
        left -= now;
    }
    pending.end() catch {};
    try finish(request, response, pending);
}

fn overlap(request: *Request, response: *Response, diagnostics: *fetch.Diagnostics) !void {
    const url = try request.queryValue("url") orelse "";
    const all = try request.arena.alloc(fetch.Pending, try number(request, "count"));
    for (all, 0..) |*one, place| {
        const target = try std.fmt.allocPrint(request.arena, "{s}{d}", .{ url, place });
        one.* = try fetch.begin(request.arena, target, .{ .diagnostics = diagnostics });
    }
    var text: std.ArrayList(u8) = .empty;
    for (all, 0..) |one, place| {
        if (place > 0) try text.append(request.arena, '\n');
        const got = try one.finish(request.arena);
        try text.appendSlice(request.arena, try got.readAll(request.arena, 1 << 20));
    }
    try response.writeAll(text.items);
}

fn drop(request: *Request, response: *Response, diagnostics: *fetch.Diagnostics) !void {
    const pending = try begin(request, .{ .diagnostics = diagnostics });
    const got = try pending.finish(request.arena);
    var buffer: [100]u8 = undefined;
    const len = try got.read(&buffer);
    wws.cancel(got.operation);
    try response.writeAll(if (len > 0) "dropped" else "ended");
}

fn late(request: *Request, response: *Response, diagnostics: *fetch.Diagnostics) !void {
    const pending = try begin(request, .{ .diagnostics = diagnostics });
    const timer = try wws.timer(.fromMilliseconds(try number(request, "ms")));
    if (wws.wait(&.{ pending.operation, timer }) == 1) {
        wws.cancel(pending.operation);
        return response.writeAll("late");
    }
    const got = try pending.finish(request.arena);
    try response.writeAll(if (got.status == .ok) "in time" else "not found");
}
