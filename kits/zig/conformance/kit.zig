//! The worker of kits/conformance.

const std = @import("std");
const wws = @import("wws");
const fetch = @import("fetch.zig");
const kv = @import("kv.zig");
const Request = wws.Request;
const Response = wws.Response;

pub const std_options: std.Options = .{ .logFn = wws.logFn, .log_level = .debug };
pub const panic = wws.panic;

comptime {
    wws.worker(.{ .handle = handle, .init = init });
}

var preparations: u32 = 0;

fn init() void {
    preparations += 1;
}

const Handler = *const fn (*Request, *Response) anyerror!void;

const handlers: std.StaticStringMap(Handler) = .initComptime(.{
    .{ "hello", hello },          .{ "inspect", inspect }, .{ "echo", echo },       .{ "reverse", reverse },
    .{ "status", status },        .{ "headers", headers }, .{ "large", large },     .{ "sleep", sleep },
    .{ "bad-header", badHeader }, .{ "events", events },   .{ "forever", forever }, .{ "random", random },
    .{ "seed", random },          .{ "init", prepared },   .{ "time", time },       .{ "log", log },
    .{ "print", printLine },      .{ "trap", trap },       .{ "sent", sent },
});

fn handle(request: *Request, response: *Response) !void {
    if (try request.param("id")) |id| return item(response, id);
    const name = try request.param("path") orelse "";
    if (std.mem.startsWith(u8, name, "fetch/")) return fetch.answer(request, response, name["fetch/".len..]);
    if (std.mem.startsWith(u8, name, "kv/")) return kv.answer(request, response, name["kv/".len..]);
    const handler = handlers.get(name) orelse return nothing(response);
    return handler(request, response);
}

fn nothing(response: *Response) !void {
    try response.setStatus(404);
    try text(response, "nothing here");
}

fn text(response: *Response, body: []const u8) !void {
    try response.addHeader("content-type", "text/plain; charset=utf-8");
    try response.writeAll(body);
}

fn print(response: *Response, comptime format: []const u8, args: anytype) !void {
    try response.addHeader("content-type", "text/plain; charset=utf-8");
    var buffer: [512]u8 = undefined;
    var writer = response.writer(&buffer);
    try writer.interface.print(format, args);
    try writer.interface.flush();
}

/// A number of the query, 0 if it is none.
fn number(request: *Request, name: []const u8) !u32 {
    return std.fmt.parseInt(u32, try request.queryValue(name) orelse "", 10) catch 0;
}

fn hello(_: *Request, response: *Response) !void {
    try text(response, "hello");
}

fn item(response: *Response, id: []const u8) !void {
    try print(response, "item {s}", .{id});
}

fn sent(request: *Request, response: *Response) !void {
    try text(response, try request.sentPath());
}

fn inspect(request: *Request, response: *Response) !void {
    const body = try request.readAll(1 << 20);
    try response.addHeader("content-type", "text/plain; charset=utf-8");
    var buffer: [1024]u8 = undefined;
    var writer = response.writer(&buffer);
    const out = &writer.interface;
    try out.print("method {s}\n", .{try request.method()});
    try out.print("path {s}\n", .{try request.path()});
    try out.print("query {s}\n", .{try request.query() orelse ""});
    var fields = try request.headers();
    while (fields.next()) |field| {
        if (std.mem.startsWith(u8, field.name, "x-")) try out.print("header {s}: {s}\n", .{ field.name, field.value });
    }
    for (try sorted(request.arena, try request.params())) |field| {
        try out.print("param {s}={s}\n", .{ field.name, field.value });
    }
    try out.print("var greeting={s}\nbody {d}\n", .{ try request.variable("greeting") orelse "", body.len });
    try out.flush();
}

fn sorted(arena: std.mem.Allocator, fields: wws.Fields) ![]wws.Fields.Field {
    var list: std.ArrayList(wws.Fields.Field) = .empty;
    var rest = fields;
    while (rest.next()) |field| try list.append(arena, field);
    std.mem.sort(wws.Fields.Field, list.items, {}, struct {
        fn lessThan(_: void, a: wws.Fields.Field, b: wws.Fields.Field) bool {
            return std.mem.lessThan(u8, a.name, b.name);
        }
    }.lessThan);
    return list.items;
}

fn echo(request: *Request, response: *Response) !void {
    if (try request.header("content-type")) |value| try response.addHeader("content-type", value);
    var buffer: [16 << 10]u8 = undefined;
    while (true) {
        const len = try request.read(&buffer);
        if (len == 0) return;
        try response.writeAll(buffer[0..len]);
    }
}

fn reverse(request: *Request, response: *Response) !void {
    const body = try request.readAll(64 << 20);
    std.mem.reverse(u8, body);
    try text(response, body);
}

fn status(request: *Request, response: *Response) !void {
    try response.setStatus(@intCast(try number(request, "code")));
}

fn headers(_: *Request, response: *Response) !void {
    try response.addHeader("set-cookie", "a=1");
    try response.addHeader("set-cookie", "b=2");
    try response.addHeader("x-kit", "yes");
    try text(response, "ok");
}

fn badHeader(_: *Request, response: *Response) !void {
    response.addHeader("x-bad", "a\r\nx-injected: b") catch |err| switch (err) {
        error.InvalidHeader => return text(response, "refused"),
        else => return err,
    };
    try text(response, "ok");
}

fn large(request: *Request, response: *Response) !void {
    try response.addHeader("content-type", "text/plain; charset=utf-8");
    var buffer: [16 << 10]u8 = undefined;
    var writer = response.writer(&buffer);
    try writer.interface.splatByteAll('x', try number(request, "bytes"));
    try writer.interface.flush();
}

fn sleep(request: *Request, response: *Response) !void {
    const count = try number(request, "count");
    var timers: std.ArrayList(wws.Operation) = .empty;
    for (0..count) |_| {
        try timers.append(request.arena, try wws.timer(.fromMilliseconds(try number(request, "ms"))));
    }
    while (timers.items.len > 0) _ = timers.swapRemove(wws.wait(timers.items));
    try print(response, "slept {d}", .{count});
}

fn events(_: *Request, response: *Response) !void {
    try response.addHeader("content-type", "text/event-stream");
    for (1..4) |n| {
        if (n > 1) wws.sleep(.fromMilliseconds(100));
        var buffer: [32]u8 = undefined;
        try response.writeAll(try std.fmt.bufPrint(&buffer, "data: {d}\n\n", .{n}));
    }
}

fn forever(_: *Request, response: *Response) !void {
    try response.addHeader("content-type", "text/plain; charset=utf-8");
    while (true) {
        response.writeAll("tick\n") catch |err| {
            std.log.info("the client left", .{});
            return err;
        };
        wws.sleep(.fromMilliseconds(10));
    }
}

fn random(_: *Request, response: *Response) !void {
    try text(response, &std.fmt.bytesToHex(wws.random.array(u8, 16), .lower));
}

fn prepared(request: *Request, response: *Response) !void {
    try print(response, "{d} {s}", .{ preparations, try request.variable("greeting") orelse "" });
}

fn time(_: *Request, response: *Response) !void {
    try print(response, "{d}", .{wws.now(.wall).toMilliseconds()});
}

fn log(request: *Request, response: *Response) !void {
    const level = try request.queryValue("level") orelse "";
    const line = try request.queryValue("text") orelse "";
    const names = .{ "error", "warning", "info", "debug" };
    const functions = .{ std.log.err, std.log.warn, std.log.info, std.log.debug };
    inline for (names, functions) |name, function| {
        if (std.mem.eql(u8, level, name)) function("{s}", .{line});
    }
    try text(response, "logged");
}

fn printLine(request: *Request, response: *Response) !void {
    std.debug.print("{s}\n", .{try request.queryValue("text") orelse ""});
    try text(response, "printed");
}

fn trap(_: *Request, _: *Response) !void {
    @panic("it cannot go on");
}
