//! Tests of the key-value store: `zig build test`.

const std = @import("std");
const testing = std.testing;
const wws = @import("wws.zig");
const kv = wws.kv;
const server = @import("test_host.zig");
const store = @import("test_store.zig");

/// Runs a test on a store that answers at once, and on one that has to be waited for; with an arena that ends.
fn run(comptime body: fn (arena: std.mem.Allocator) anyerror!void) !void {
    for ([_]bool{ false, true }) |is_slow| {
        server.request = .{};
        server.answer = .{};
        store.reset();
        store.is_slow = is_slow;
        var arena: std.heap.ArenaAllocator = .init(testing.allocator);
        defer arena.deinit();
        try body(arena.allocator());
        try testing.expectEqual(0, store.pending());
        if (is_slow) try testing.expect(server.answer.waits > 0);
    }
}

test "one key" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            const key = "a\x00\xff";
            try testing.expectEqual(null, try kv.get(arena, key));
            const first = try kv.put(key, "\x00\xff", .{});
            const entry = (try kv.get(arena, key)).?;
            try testing.expectEqualStrings("\x00\xff", entry.value);
            try testing.expectEqual(first, entry.version);
            try testing.expectError(error.Conflict, kv.put(key, "x", .{ .condition = .if_absent }));
            try testing.expectError(error.Conflict, kv.put("other", "x", .{ .condition = .if_present }));
            const second = try kv.put(key, "", .{ .time_to_live = .fromSeconds(7), .condition = .if_present });
            try testing.expect(second > first);
            try testing.expectEqual(7000, store.timeToLive(key));
            try testing.expectError(error.Conflict, kv.compareAndSwap(key, first, "y", .{}));
            try testing.expect(try kv.compareAndSwap(key, second, "y", .{}) > second);
            try testing.expectEqualStrings("y", (try kv.get(arena, key)).?.value);
            try testing.expectError(error.NotANumber, kv.increment(key, 1, .{}));
            try testing.expect(try kv.delete(key));
            try testing.expect(!try kv.delete(key));
            const most = std.math.maxInt(i64);
            try testing.expectEqual(most, (try kv.increment(key, most, .{})).number);
            try testing.expectError(error.Overflow, kv.increment(key, 1, .{}));
        }
    }.body);
}

test "metadata" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            const options: kv.Options = .{ .time_to_live = .fromSeconds(7), .metadata = "[1]" };
            const version = try kv.put("a", "one", options);
            _ = try kv.put("b", "two", .{});
            try testing.expectEqual(null, try kv.getWithMetadata(arena, "none"));
            const record = (try kv.getWithMetadata(arena, "a")).?;
            try testing.expectEqualStrings("one", record.value);
            try testing.expectEqualStrings("[1]", record.metadata);
            try testing.expectEqual(7000, record.expires);
            try testing.expectEqual(version, record.version);
            const many = try kv.getManyWithMetadata(arena, &.{ "b", "none", "a" });
            try testing.expectEqual(null, many[0].?.expires);
            try testing.expectEqualStrings("", many[0].?.metadata);
            try testing.expectEqualStrings("two", many[0].?.value);
            try testing.expectEqual(null, many[1]);
            try testing.expectEqualDeep(record, many[2].?);
            for ([_][]const u8{ "", "one" }) |value| {
                const query: kv.Query = .{ .content = if (value.len == 0) .keys else .values };
                const page = try kv.pageWithMetadata(arena, query);
                try testing.expectEqual(2, page.items.len);
                try testing.expectEqualStrings("[1]", page.items[0].metadata);
                try testing.expectEqualStrings(value, page.items[0].value);
                try testing.expectEqual(7000, page.items[0].expires);
                try testing.expectEqualStrings("b", page.items[1].key);
                try testing.expectEqual(null, page.items[1].expires);
            }
            try testing.expectError(error.ValueSize, kv.put("a", "", .{ .metadata = &@as([1025]u8, @splat('m')) }));
            var changes: kv.Transaction = .{ .arena = arena };
            try changes.put("b", "three", .{ .metadata = "[3]" });
            try changes.put("a", "", .{});
            _ = try changes.commit();
            try testing.expectEqualStrings("[3]", (try kv.getWithMetadata(arena, "b")).?.metadata);
            try testing.expectEqualStrings("", (try kv.getWithMetadata(arena, "a")).?.metadata);
        }
    }.body);
}

test "bindings" {
    try kv.select("CARTS");
    try testing.expectEqualStrings("CARTS", store.selected);
    try testing.expectError(error.NoNamespace, kv.select("none"));
    try kv.select("");
}

test "times to live" {
    try run(struct {
        fn body(_: std.mem.Allocator) !void {
            _ = try kv.put("a", "", .{});
            try testing.expectEqual(0, store.timeToLive("a"));
            _ = try kv.put("a", "", .{ .time_to_live = .fromNanoseconds(1) });
            try testing.expectEqual(1, store.timeToLive("a"));
            _ = try kv.put("a", "", .{ .time_to_live = .zero });
            try testing.expectEqual(1, store.timeToLive("a"));
            try testing.expectError(error.InvalidArgument, kv.put("a", "", .{ .time_to_live = .fromNanoseconds(-1) }));
            _ = try kv.increment("n", 2, .{ .time_to_live = .fromMilliseconds(9) });
            try testing.expectEqual(9, store.timeToLive("n"));
        }
    }.body);
}

test "values of every length near the first guess, and large ones" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            const large = try arena.alloc(u8, (1 << 20) + 1);
            @memset(large, 'v');
            for (500..516) |len| {
                _ = try kv.put("k", large[0..len], .{});
                try testing.expectEqualStrings(large[0..len], (try kv.get(arena, "k")).?.value);
            }
            _ = try kv.put("k", large[0 .. 1 << 20], .{});
            try testing.expectEqualStrings(large[0 .. 1 << 20], (try kv.get(arena, "k")).?.value);
            try testing.expectError(error.ValueSize, kv.put("k", large, .{}));
            try testing.expectError(error.KeySize, kv.put(large[0..513], "", .{}));
            try testing.expectError(error.KeySize, kv.get(arena, ""));
        }
    }.body);
}

test "several keys" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            var name: [3]u8 = "u/0".*;
            for (0..7) |n| {
                name[2] = '0' + @as(u8, @intCast(n));
                _ = try kv.put(&name, name[1..], .{});
            }
            _ = try kv.put("v", "other", .{});
            const found = try kv.getMany(arena, &.{ "u/2", "none", "u/1" });
            try testing.expectEqual(3, found.len);
            try testing.expectEqualStrings("/2", found[0].?.value);
            try testing.expectEqual(null, found[1]);
            try testing.expectEqualStrings("/1", found[2].?.value);
            try testing.expectEqual(0, (try kv.getMany(arena, &.{})).len);

            for (1..9) |limit| {
                var count: u8 = 0;
                var list = kv.list(.{ .prefix = "u/", .limit = @intCast(limit), .content = .values });
                while (try list.next(arena)) |item| : (count += 1) {
                    name[2] = '0' + count;
                    try testing.expectEqualStrings(&name, item.key);
                    try testing.expectEqualStrings(name[1..], item.value);
                    try testing.expect(item.version > 0);
                }
                try testing.expectEqual(7, count);
                try testing.expectEqual(null, try list.next(arena));
            }
            const page = try kv.page(arena, .{ .after = "u/5", .limit = 1 });
            try testing.expectEqualStrings("u/6", page.items[0].key);
            try testing.expectEqualStrings("", page.items[0].value);
            const last = try kv.page(arena, .{ .after = page.next.?, .limit = 1 });
            try testing.expectEqualStrings("v", last.items[0].key);
            try testing.expectEqual(null, last.next);
            var bad = kv.list(.{ .limit = 1001 });
            try testing.expectError(error.TooMuch, bad.next(arena));
        }
    }.body);
}

test "transactions" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            const before = try kv.put("from", "v", .{});
            var move: kv.Transaction = .{ .arena = arena };
            try move.check("from", before);
            try move.check("to", 0);
            try move.checkAll(before);
            try move.put("to", "v", .{ .time_to_live = .fromMilliseconds(5) });
            try move.put("other", "", .{});
            try move.delete("from");
            const version = try move.commit();
            try testing.expect(version > before);
            try testing.expectEqual(null, try kv.get(arena, "from"));
            const moved = (try kv.get(arena, "to")).?;
            try testing.expectEqualStrings("v", moved.value);
            try testing.expectEqual(version, moved.version);
            try testing.expectEqual(5, store.timeToLive("to"));
            try testing.expectError(error.Conflict, move.commit());
        }
    }.body);
}

test "operations overlap" {
    try run(struct {
        fn body(_: std.mem.Allocator) !void {
            var sums: [10]kv.PendingSum = undefined;
            for (&sums) |*sum| sum.* = try kv.beginIncrement("n", 1, .{});
            try testing.expectEqual(10, store.pending());
            _ = wws.wait(&.{ sums[0].operation, sums[9].operation });
            for (sums, 1..) |sum, number| try testing.expectEqual(@as(i64, @intCast(number)), (try sum.finish()).number);
            try testing.expectError(error.InvalidArgument, sums[0].finish());
            const left = try kv.beginGet("n");
            wws.cancel(left.operation);
        }
    }.body);
}

test "what fails" {
    try run(struct {
        fn body(arena: std.mem.Allocator) !void {
            store.failure = -9;
            try testing.expectError(error.Unavailable, kv.get(arena, "a"));
            try testing.expectError(error.Unavailable, kv.increment("a", 1, .{}));
            const codes = [_]i32{ -7, -8, -9, -10, -11, -12, -13, -14, -15, -16, -17, -99 };
            const errors = [_]kv.Error{
                error.Conflict,   error.QuotaExceeded, error.Unavailable, error.Unknown,
                error.NotANumber, error.KeySize,       error.ValueSize,   error.TooMuch,
                error.StoreFull,  error.Overflow,      error.InputOutput, error.Unknown,
            };
            for (codes, errors) |code, expected| {
                store.failure = code;
                try testing.expectError(expected, kv.delete("a"));
            }
            wws.client_left = false;
            store.failure = -2;
            try testing.expectError(error.ClientLeft, kv.get(arena, "a"));
            try testing.expect(wws.client_left);
        }
    }.body);
}

test "a worker without a namespace" {
    store.reset();
    store.is_absent = true;
    const arena = testing.failing_allocator;
    var list = kv.list(.{});
    var none: kv.Transaction = .{ .arena = arena };
    try testing.expectError(error.NoNamespace, kv.get(arena, "a"));
    try testing.expectError(error.NoNamespace, kv.getMany(arena, &.{}));
    try testing.expectError(error.NoNamespace, kv.put("a", "", .{}));
    try testing.expectError(error.NoNamespace, kv.delete("a"));
    try testing.expectError(error.NoNamespace, kv.increment("a", 1, .{}));
    try testing.expectError(error.NoNamespace, kv.compareAndSwap("a", 0, "", .{}));
    try testing.expectError(error.NoNamespace, list.next(arena));
    try testing.expectError(error.NoNamespace, none.commit());
}

test "too many operations" {
    store.reset();
    for (0..1024) |_| _ = try kv.beginGet("a");
    try testing.expectError(error.TooManyOperations, kv.beginGet("a"));
}
