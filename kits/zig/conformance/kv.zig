//! The routes of the key-value store.

const std = @import("std");
const wws = @import("wws");
const kv = wws.kv;
const Request = wws.Request;

const Handler = *const fn (*Request, *std.Io.Writer) anyerror!void;

const handlers: std.StaticStringMap(Handler) = .initComptime(.{
    .{ "get-many", getMany },                           .{ "list", list },                           .{ "list-all", listAll },
    .{ "put", put },                                    .{ "delete", delete },                       .{ "increment", increment },
    .{ "swap", swap },                                  .{ "transaction", transaction },             .{ "overlap", overlap },
    .{ "get-many-with-metadata", getManyWithMetadata }, .{ "list-with-metadata", listWithMetadata },
});

const names: std.StaticStringMap([]const u8) = .initComptime(.{
    .{ "TooManyOperations", "Limit" }, .{ "QuotaExceeded", "Quota" },     .{ "StoreFull", "Full" },
    .{ "InputOutput", "Io" },          .{ "InvalidArgument", "Invalid" }, .{ "ClientLeft", "Closed" },
});

pub fn answer(request: *Request, response: *wws.Response, name: []const u8) !void {
    try response.addHeader("content-type", "text/plain");
    run(request, response, name) catch |err| {
        try response.setStatus(409);
        try response.writeAll(names.get(@errorName(err)) orelse @errorName(err));
    };
}

fn run(request: *Request, response: *wws.Response, name: []const u8) !void {
    if (try request.queryValue("binding")) |binding| try kv.select(binding);
    if (std.mem.eql(u8, name, "get")) return get(request, response);
    if (std.mem.eql(u8, name, "get-with-metadata")) return getWithMetadata(request, response);
    const handler = handlers.get(name) orelse {
        try response.setStatus(404);
        return response.writeAll("nothing here");
    };
    // Whole before any of it leaves: it may fail in the middle.
    var text: std.Io.Writer.Allocating = .init(request.arena);
    try handler(request, &text.writer);
    try response.writeAll(text.written());
}

/// A key of the query; empty without it.
fn keyOf(request: *Request, name: []const u8) ![]const u8 {
    return fromHex(request, try request.queryValue(name) orelse "");
}

fn fromHex(request: *Request, text: []const u8) ![]const u8 {
    return std.fmt.hexToBytes(try request.arena.alloc(u8, text.len / 2), text);
}

/// A number of the query, 0 if it is none.
fn number(comptime T: type, request: *Request, name: []const u8) !T {
    return std.fmt.parseInt(T, try request.queryValue(name) orelse "", 10) catch 0;
}

fn has(request: *Request, name: []const u8) !bool {
    return try request.queryValue(name) != null;
}

fn body(request: *Request) ![]u8 {
    return request.readAll(4 << 20);
}

fn get(request: *Request, response: *wws.Response) !void {
    const entry = try kv.get(request.arena, try keyOf(request, "key")) orelse {
        try response.setStatus(404);
        return response.writeAll("none");
    };
    var buffer: [24]u8 = undefined;
    try response.addHeader("x-version", try std.fmt.bufPrint(&buffer, "{d}", .{entry.version}));
    try response.writeAll(entry.value);
}

fn getWithMetadata(request: *Request, response: *wws.Response) !void {
    const record = try kv.getWithMetadata(request.arena, try keyOf(request, "key")) orelse {
        try response.setStatus(404);
        return response.writeAll("none");
    };
    try addHeader(request, response, "x-version", "{d}", record.version);
    try addHeader(request, response, "x-expires", "{d}", record.expires orelse 0);
    try addHeader(request, response, "x-metadata", "{x}", record.metadata);
    try response.writeAll(record.value);
}

fn addHeader(request: *Request, response: *wws.Response, name: []const u8, comptime format: []const u8, value: anytype) !void {
    var text: std.Io.Writer.Allocating = .init(request.arena);
    try text.writer.print(format, .{value});
    try response.addHeader(name, text.written());
}

fn keysOf(request: *Request) ![]const []const u8 {
    var keys: std.ArrayList([]const u8) = .empty;
    var texts = std.mem.splitScalar(u8, try request.queryValue("keys") orelse "", ',');
    while (texts.next()) |text| try keys.append(request.arena, try fromHex(request, text));
    return keys.items;
}

fn getManyWithMetadata(request: *Request, out: *std.Io.Writer) !void {
    for (try kv.getManyWithMetadata(request.arena, try keysOf(request))) |found| {
        const record = found orelse {
            try out.writeAll("0 0  \n");
            continue;
        };
        const expires = record.expires orelse 0;
        try out.print("{d} {d} {x} {x}\n", .{ record.version, expires, record.metadata, record.value });
    }
}

fn listWithMetadata(request: *Request, out: *std.Io.Writer) !void {
    const page = try kv.pageWithMetadata(request.arena, .{
        .prefix = try keyOf(request, "prefix"),
        .limit = try number(u32, request, "limit"),
        .content = if (try request.queryValue("values") == null) .keys else .values,
    });
    for (page.items) |item| {
        const expires = item.expires orelse 0;
        try out.print("{d} {d} {x} {x} {x}\n", .{ item.version, expires, item.key, item.metadata, item.value });
    }
}

fn getMany(request: *Request, out: *std.Io.Writer) !void {
    for (try kv.getMany(request.arena, try keysOf(request))) |found| {
        if (found) |entry| try out.print("{d} {x}\n", .{ entry.version, entry.value }) else try out.writeAll("0 \n");
    }
}

fn list(request: *Request, out: *std.Io.Writer) !void {
    const page = try kv.page(request.arena, .{
        .prefix = try keyOf(request, "prefix"),
        .after = try keyOf(request, "after"),
        .limit = try number(u32, request, "limit"),
        .content = if (try request.queryValue("values") == null) .keys else .values,
    });
    for (page.items) |item| try out.print("{d} {x} {x}\n", .{ item.version, item.key, item.value });
    try out.print("after {x}", .{page.next orelse ""});
}

fn listAll(request: *Request, out: *std.Io.Writer) !void {
    var items = kv.list(.{ .prefix = try keyOf(request, "prefix"), .limit = try number(u32, request, "limit") });
    while (try items.next(request.arena)) |item| try out.print("{x}\n", .{item.key});
}

fn put(request: *Request, out: *std.Io.Writer) !void {
    var options: kv.Options = .{ .metadata = try keyOf(request, "metadata") };
    const time = try number(u32, request, "ttl");
    if (time > 0) options.time_to_live = .fromMilliseconds(time);
    if (try request.queryValue("if")) |condition| {
        options.condition = if (std.mem.eql(u8, condition, "absent")) .if_absent else .if_present;
    }
    try out.print("{d}", .{try kv.put(try keyOf(request, "key"), try body(request), options)});
}

fn delete(request: *Request, out: *std.Io.Writer) !void {
    try out.writeAll(if (try kv.delete(try keyOf(request, "key"))) "deleted" else "none");
}

fn increment(request: *Request, out: *std.Io.Writer) !void {
    const sum = try kv.increment(try keyOf(request, "key"), try number(i64, request, "by"), .{});
    try out.print("{d} {d}", .{ sum.number, sum.version });
}

fn swap(request: *Request, out: *std.Io.Writer) !void {
    const expected = try number(u64, request, "version");
    try out.print("{d}", .{try kv.compareAndSwap(try keyOf(request, "key"), expected, try body(request), .{})});
}

fn transaction(request: *Request, out: *std.Io.Writer) !void {
    var changes: kv.Transaction = .{ .arena = request.arena };
    if (try has(request, "check")) {
        try changes.check(try keyOf(request, "check"), try number(u64, request, "version"));
    }
    if (try has(request, "since")) try changes.checkAll(try number(u64, request, "since"));
    const options: kv.Options = .{ .metadata = try keyOf(request, "metadata") };
    if (try has(request, "put")) try changes.put(try keyOf(request, "put"), try body(request), options);
    if (try has(request, "delete")) try changes.delete(try keyOf(request, "delete"));
    try out.print("{d}", .{try changes.commit()});
}

fn overlap(request: *Request, out: *std.Io.Writer) !void {
    const key = try keyOf(request, "key");
    const sums = try request.arena.alloc(kv.PendingSum, try number(u32, request, "count"));
    for (sums) |*sum| sum.* = try kv.beginIncrement(key, 1, .{});
    var whole: i64 = 0;
    for (sums) |sum| whole += (try sum.finish()).number;
    try out.print("{d}", .{whole});
}
