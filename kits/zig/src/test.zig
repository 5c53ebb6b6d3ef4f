//! Tests of the kit against a server of their own: `zig build test`.

const std = @import("std");
const testing = std.testing;
const wws = @import("wws.zig");
const server = @import("test_host.zig");

/// A new request, and nothing of an answer.
fn begin(request: server.TestRequest) struct { wws.Request, wws.Response } {
    server.request = request;
    server.answer = .{};
    wws.client_left = false;
    return .{ .{ .arena = wws.Request.instanceArena() }, .{} };
}

test "fields of the request" {
    var request, _ = begin(.{ .fields = &.{ "PUT", "http://a.test/a?b", "/a", "b", "10.1.2.3", "1-2", "/a/" } });
    try testing.expectEqualStrings("PUT", try request.method());
    try testing.expectEqualStrings("http://a.test/a?b", try request.url());
    try testing.expectEqualStrings("/a", try request.path());
    try testing.expectEqualStrings("b", (try request.query()).?);
    try testing.expectEqualStrings("10.1.2.3", try request.peer());
    try testing.expectEqualStrings("1-2", try request.id());
    try testing.expectEqualStrings("/a/", try request.sentPath());
}

test "a server that does not tell the path as sent" {
    var request, _ = begin(.{ .fields = &.{ "GET", "", "/a", null, "", "", null } });
    try testing.expectEqualStrings("/a", try request.sentPath());
}

test "a request without a query" {
    var request, _ = begin(.{});
    try testing.expectEqual(null, try request.query());
    try testing.expectEqual(null, try request.queryValue("a"));
}

test "values of a query are decoded" {
    var request, _ = begin(.{ .fields = &.{ "GET", "", "/", "a&%62=x%20y+z&c=1&c=2&d", "", "" } });
    try testing.expectEqualStrings("", (try request.queryValue("a")).?);
    try testing.expectEqualStrings("x y z", (try request.queryValue("b")).?);
    try testing.expectEqualStrings("1", (try request.queryValue("c")).?);
    try testing.expectEqualStrings("", (try request.queryValue("d")).?);
    try testing.expectEqual(null, try request.queryValue("x"));
}

test "headers, parameters and variables" {
    var request, _ = begin(.{
        .headers = &.{ .{ "x-a", "1" }, .{ "x-b", "" }, .{ "x-a", "2" } },
        .params = &.{ .{ "id", "7" }, .{ "path", "a b" } },
        .vars = &.{.{ "greeting", "good day" }},
    });
    try testing.expectEqualStrings("1", (try request.header("x-a")).?);
    try testing.expectEqual(null, try request.header("x-c"));
    try testing.expectEqualStrings("a b", (try request.param("path")).?);
    try testing.expectEqual(null, try request.param("pat"));
    try testing.expectEqualStrings("good day", (try request.variable("greeting")).?);
    var fields = try request.headers();
    try testing.expectEqualStrings("1", fields.next().?.value);
    try testing.expectEqualStrings("x-b", fields.next().?.name);
    try testing.expectEqualStrings("2", fields.next().?.value);
    try testing.expectEqual(null, fields.next());
}

test "a header larger than what is left of the first memory" {
    const large: [40_000]u8 = @splat('v');
    var request, _ = begin(.{ .headers = &.{.{ "x-large", &large }} });
    try testing.expectEqualStrings(&large, (try request.header("x-large")).?);
    try testing.expectEqualStrings(&large, (try request.headers()).get("x-large").?);
    try testing.expectEqualStrings("GET", try request.method());
}

test "a body that has to be waited for" {
    var request, _ = begin(.{ .body = &.{ "", "ab", "", "", "c" } });
    try testing.expectEqualStrings("abc", try request.readAll(3));
    try testing.expectEqual(3, server.answer.waits);
    try testing.expectEqual(0, server.answer.waited_for);
}

test "a body that is too long" {
    var request, _ = begin(.{ .body = &.{ "ab", "cd" } });
    try testing.expectError(error.StreamTooLong, request.readAll(3));
}

test "a body as std.Io.Reader" {
    var request, _ = begin(.{ .body = &.{ "one\ntw", "", "o\nthree" } });
    var buffer: [64]u8 = undefined;
    var reader = request.reader(&buffer);
    try testing.expectEqualStrings("one", (try reader.interface.takeDelimiter('\n')).?);
    try testing.expectEqualStrings("two", (try reader.interface.takeDelimiter('\n')).?);
    try testing.expectEqualStrings("three", (try reader.interface.takeDelimiter('\n')).?);
    try testing.expectEqual(null, try reader.interface.takeDelimiter('\n'));
}

test "a client that leaves" {
    var request, var response = begin(.{ .closed = true });
    var buffer: [8]u8 = undefined;
    try testing.expectError(error.ClientLeft, request.read(&buffer));
    try testing.expectError(error.ClientLeft, response.writeAll("a"));
    var reader = request.reader(&buffer);
    try testing.expectError(error.ReadFailed, reader.interface.takeByte());
    try testing.expectEqual(error.ClientLeft, reader.err.?);
    var writer = response.writer(&.{});
    try testing.expectError(error.WriteFailed, writer.interface.writeAll("a"));
    try testing.expectEqual(error.ClientLeft, writer.err.?);
    try testing.expect(wws.client_left);
}

test "the head of the answer" {
    _, var response = begin(.{});
    try response.setStatus(404);
    try response.addHeader("set-cookie", "a=1");
    try response.addHeader("set-cookie", "b=2");
    try testing.expectError(error.InvalidStatus, response.setStatus(100));
    try testing.expectError(error.InvalidHeader, response.addHeader("x", "a\r\nb: c"));
    try response.writeAll("a");
    try testing.expectError(error.HeadSent, response.setStatus(200));
    try testing.expectError(error.HeadSent, response.addHeader("x", "y"));
    try testing.expectEqual(404, server.answer.status);
    try testing.expectEqualStrings("set-cookie: a=1\nset-cookie: b=2\n", server.answer.headerText());
    try response.finish();
    try testing.expectError(error.AnswerFinished, response.finish());
    try testing.expectError(error.AnswerFinished, response.writeAll("b"));
}

test "writes that have to wait, or take a part" {
    _, var response = begin(.{ .room = &.{ 0, 1, 0, 0, 3 } });
    try response.writeAll("abcdef");
    try testing.expectEqualStrings("abcdef", server.answer.bodyText());
    try testing.expectEqual(3, server.answer.waits);
    try testing.expectEqual(1, server.answer.waited_for);
}

test "writes that do not wait" {
    _, var response = begin(.{ .room = &.{ 0, 2 } });
    try testing.expectError(error.WouldBlock, response.tryWrite("abc"));
    try testing.expectEqual(2, try response.tryWrite("abc"));
    var request, _ = begin(.{ .body = &.{ "", "a" } });
    var buffer: [8]u8 = undefined;
    try testing.expectError(error.WouldBlock, request.tryRead(&buffer));
    try testing.expectEqual(1, try request.tryRead(&buffer));
}

test "the answer as std.Io.Writer" {
    _, var response = begin(.{});
    var buffer: [16]u8 = undefined;
    var writer = response.writer(&buffer);
    try writer.interface.print("{d} {s}", .{ 1, "two" });
    try testing.expectEqualStrings("", server.answer.bodyText());
    try writer.interface.flush();
    try testing.expectEqualStrings("1 two", server.answer.bodyText());
    try writer.interface.splatByteAll('x', 600);
    var parts = [_][]const u8{ "a", "", "bc" };
    try writer.interface.writeVecAll(&parts);
    try writer.interface.splatBytesAll("yz", 3);
    try writer.interface.flush();
    try testing.expectEqualStrings("1 two" ++ @as([600]u8, @splat('x')) ++ "abc" ++ "yzyzyz", server.answer.bodyText());
}

test "an answer without a buffer" {
    _, var response = begin(.{});
    var writer = response.writer(&.{});
    try writer.interface.print("{d}", .{12});
    try writer.interface.splatByteAll('x', 3);
    try testing.expectEqualStrings("12xxx", server.answer.bodyText());
}

test "time" {
    _ = begin(.{});
    try testing.expectEqual(@as(wws.Operation, @fromBackingInt(@as(u32, 16))), try wws.timer(.fromMilliseconds(3)));
    try testing.expectEqual(3_000_000, server.answer.timer);
    try testing.expectError(error.TooManyTimers, wws.timer(.max));
    wws.sleep(.fromSeconds(-1));
    try testing.expectEqual(0, server.answer.timer);
    try testing.expectEqual(1_700_000_000_000, wws.now(.wall).toMilliseconds());
}

test "random bytes" {
    _ = begin(.{});
    try testing.expectEqual(0x07070707, wws.random.int(u32));
}

test "lines of the log" {
    _ = begin(.{});
    wws.logFn(.warn, .default, "{d} m", .{3});
    try testing.expectEqualStrings("3 m", server.answer.lineText());
    try testing.expectEqual(1, server.answer.level);
    wws.logFn(.debug, .water, "rises", .{});
    try testing.expectEqualStrings("(water) rises", server.answer.lineText());
    try testing.expectEqual(3, server.answer.level);
}

test "slices of nothing are in the memory" {
    const nothing = try testing.allocator.alloc(u8, 0); // at the last address of all
    const codes = @import("host.zig");
    try testing.expect(codes.at(nothing) != nothing.ptr);
    try testing.expect(codes.into(nothing) != nothing.ptr);
    const something: []const u8 = "a";
    try testing.expectEqual(something.ptr, codes.at(something));
}
