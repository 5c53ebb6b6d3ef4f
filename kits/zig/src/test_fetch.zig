//! Tests of outgoing requests: `zig build test`.

const std = @import("std");
const testing = std.testing;
const wws = @import("wws.zig");
const codes = @import("host.zig");
const network = @import("test_network.zig");
const fetch = wws.fetch;

/// Runs a test on a network that answers at once, and on one that has to be waited for; with an arena that ends.
fn run(comptime body: fn (arena: std.mem.Allocator) anyerror!void) !void {
    for ([_]bool{ false, true }) |is_slow| {
        network.reset();
        network.is_slow = is_slow;
        var arena: std.heap.ArenaAllocator = .init(testing.allocator);
        defer arena.deinit();
        try body(arena.allocator());
        try testing.expectEqual(0, network.pending());
    }
}

test "a request and its answer" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            const answer = try fetch.send(arena, "http://upstream/a", .{
                .method = "PUT",
                .headers = &.{.{ .name = "x-one", .value = "1" }},
                .body = "the body",
            });
            defer wws.cancel(answer.operation);
            try testing.expectEqual(.created, answer.status);
            try testing.expectEqualStrings("1", answer.headers.get("x-a").?);
            try testing.expectEqualStrings("http://upstream/a", answer.url);
            try testing.expectEqualStrings("PUThttp://upstream/a\x05\x00\x00\x00\x01\x00\x00\x00x-one1", network.headOf(0));
            var three: [3]u8 = undefined;
            try testing.expectEqual(3, try answer.read(&three));
            try testing.expectEqualStrings(" body", try answer.readAll(arena, 5));
            try testing.expectEqual(0, try answer.read(&three));
        }
    }.body);
}

test "a body that streams" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            const pending = try fetch.begin(arena, "http://upstream/", .{ .method = "POST", .body_streams = true });
            for (0..10) |_| try pending.writeAll("piece by piece ");
            try pending.end();
            try testing.expectError(error.BodyComplete, pending.writeAll("more"));
            const answer = try pending.finish(arena);
            defer wws.cancel(answer.operation);
            try testing.expectError(error.StreamTooLong, answer.readAll(arena, 100));
        }
    }.body);
}

test "several at once" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            var pending: [10]fetch.Pending = undefined;
            for (&pending, 0..) |*one, digit| {
                one.* = try fetch.begin(arena, &.{'0' + @as(u8, @intCast(digit))}, .{});
            }
            for (pending, 0..) |one, digit| {
                const answer = try one.finish(arena);
                defer wws.cancel(answer.operation);
                try testing.expectEqual('0' + digit, answer.url[0]);
            }
        }
    }.body);
}

test "what fails" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            var diagnostics: fetch.Diagnostics = .{};
            network.fails = codes.tls;
            try testing.expectError(error.Tls, fetch.send(arena, "http://a", .{ .diagnostics = &diagnostics }));
            try testing.expectStringStartsWith(diagnostics.message, "of yesterday");
            try testing.expectEqual(613, diagnostics.message.len);
            network.is_absent = true;
            try testing.expectError(error.NotAllowed, fetch.send(arena, "http://a", .{ .diagnostics = &diagnostics }));
        }
    }.body);
}
