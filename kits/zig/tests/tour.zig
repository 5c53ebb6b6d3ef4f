//! The code of kits/zig/README.md, which scripts/fill takes from here. It only has to compile.

const std = @import("std");
const wws = @import("wws");

const Order = struct { item: []const u8 };

fn costly(n: usize) u32 {
    return @intCast(n * n);
}

fn nextLine() ?[]const u8 {
    return null;
}

/// What nobody calls is not compiled.
export fn all(request: *wws.Request, response: *wws.Response) void {
    calls(request, response) catch {};
}

fn calls(request: *wws.Request, response: *wws.Response) !void {
    try answerOf(response);
    try bodies(request, response);
    try jsonOf(request, response, .{ .count = 1 });
    try events(response);
    try waiting();
    try keys(request, response, "me");
    try swap(request, "key", "from", "to", (try wws.kv.get(request.arena, "key")).?, "changed");
    try overlap(request);
    try fetchOf(request);
    try upload(request, "https://store.example.com/");
}

// [options
pub const std_options = wws.std_options; // std.log writes to the server's log, with levels
pub const panic = wws.panic; // a panic is a line of the log; without it comes 30 KB of code that prints stacks
// options]

// [request
fn handle(request: *wws.Request, response: *wws.Response) !void {
    const id = try request.param("id"); // of item/[id].wasm; null: there is none
    const page = try request.queryValue("page"); // decoded
    const agent = try request.header("user-agent");
    const greeting = try request.variable("greeting"); // [vars] in the worker's TOML file
    const method = try request.method(); // and path, sentPath, query, url, peer, id

    var fields = try request.headers(); // and params, vars
    while (fields.next()) |field| std.log.debug("{s}: {s}", .{ field.name, field.value });
    std.log.debug("{s} {?s} {?s} {?s} {?s}", .{ method, id, page, agent, greeting });
    try response.writeAll(id orelse "nothing");
}
// request]

fn answerOf(response: *wws.Response) !void {
    // [answer
    try response.setStatus(404);
    try response.addHeader("content-type", "text/plain");
    try response.addHeader("set-cookie", "a=1"); // again for more of that name
    try response.writeAll("not here");
    // answer]
}

fn bodies(request: *wws.Request, response: *wws.Response) !void {
    // [bodies
    const whole = try request.readAll(1 << 20); // error.StreamTooLong beyond 1 MiB

    var buffer: [16 << 10]u8 = undefined;
    while (true) {
        const len = try request.read(&buffer); // what is there, as it arrives; 0 is the end
        if (len == 0) break;
        try response.writeAll(buffer[0..len]);
    }
    // bodies]
    _ = whole;
}

fn jsonOf(request: *wws.Request, response: *wws.Response, out: anytype) !void {
    // [json
    const in = try std.json.parseFromSliceLeaky(Order, request.arena, try request.readAll(64 << 10), .{});
    var buffer: [1024]u8 = undefined;
    var writer = response.writer(&buffer);
    try std.json.Stringify.value(out, .{}, &writer.interface);
    try writer.interface.flush(); // without it the rest stays in the buffer
    // json]
    _ = in;
}

fn events(response: *wws.Response) !void {
    // [events
    try response.addHeader("content-type", "text/event-stream");
    while (true) {
        try response.writeAll("data: tick\n\n"); // error.ClientLeft ends the handler, and nobody minds
        wws.sleep(.fromSeconds(1));
    }
    // events]
}

fn waiting() !void {
    // [waiting
    const first = try wws.timer(.fromMilliseconds(100));
    const second = try wws.timer(.fromMilliseconds(50));
    const place = wws.wait(&.{ first, second, .request_body }); // 1, after 50 ms, unless the body comes before
    // waiting]
    _ = place;
}

fn keys(request: *wws.Request, response: *wws.Response, me: []const u8) !void {
    // [keys
    const kv = wws.kv;

    const visits = try kv.increment("visits", 1, .{}); // exact, however many do it at once: visits.number
    if (try kv.get(request.arena, "greeting")) |entry| try response.writeAll(entry.value); // entry.version
    _ = try kv.put("greeting", "good day", .{});
    _ = try kv.put("lock", me, .{ .condition = .if_absent, .time_to_live = .fromSeconds(60) }); // or error.Conflict
    const was_there = try kv.delete("greeting");
    const entries = try kv.getMany(request.arena, &.{ "a", "b" }); // of one moment; null: not there

    var users = kv.list(.{ .prefix = "user/", .content = .values }); // page by page
    while (try users.next(request.arena)) |user| try response.writeAll(user.value); // user.key, user.version
    // keys]
    _ = .{ visits, was_there, entries };
}

fn swap(request: *wws.Request, key: []const u8, from: []const u8, to: []const u8, entry: wws.kv.Entry, changed: []const u8) !void {
    const kv = wws.kv;
    // [swap
    _ = try kv.compareAndSwap(key, entry.version, changed, .{});

    var move: kv.Transaction = .{ .arena = request.arena }; // all or nothing
    try move.check(from, entry.version);
    try move.put(to, entry.value, .{});
    try move.delete(from);
    _ = try move.commit();
    // swap]
}

fn overlap(request: *wws.Request) !void {
    const kv = wws.kv;
    // [overlap
    const first = try kv.beginIncrement("a", 1, .{});
    const second = try kv.beginGet("b");
    const sum = try first.finish();
    const entry = try second.finish(request.arena);
    // overlap]
    _ = .{ sum, entry };
}

fn fetchOf(request: *wws.Request) !void {
    // [fetch
    var diagnostics: wws.fetch.Diagnostics = .{};
    const answer = wws.fetch.send(request.arena, "https://api.example.com/today", .{ .diagnostics = &diagnostics }) catch |err| {
        std.log.warn("{t}: {s}", .{ err, diagnostics.message }); // the server's words
        return err;
    };
    const kind = answer.headers.get("content-type"); // answer.status, answer.url
    const body = try answer.readAll(request.arena, 1 << 20);
    // fetch]
    _ = .{ kind, body };
}

fn upload(request: *wws.Request, url: []const u8) !void {
    // [upload
    const pending = try wws.fetch.begin(request.arena, url, .{ .method = "PUT", .body_streams = true });
    while (nextLine()) |line| try pending.writeAll(line);
    try pending.end();
    const answer = try pending.finish(request.arena);
    // upload]
    _ = answer;
}

// [preparation
comptime {
    wws.worker(.{ .handle = handle, .init = init, .on_resume = onResume });
}

var table: [1000]u32 = undefined;
var prng: std.Random.DefaultPrng = undefined;

fn init() void { // does not depend on the request: the server may do it once, for all instances
    for (&table, 0..) |*entry, n| entry.* = costly(n);
}

fn onResume() void { // in each instance, before handle
    prng = .init(wws.random.int(u64));
}
// preparation]
