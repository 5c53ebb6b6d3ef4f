//! Lists the primes up to the number in the query: /zig?up_to=50.
const std = @import("std");

const Request = struct { url: []const u8 };
const Empty = struct {}; // `.{}` would be written as []

fn limit(url: []const u8) usize {
    const key = "up_to=";
    const at = std.mem.indexOf(u8, url, key) orelse return 30;
    const rest = url[at + key.len ..];
    const end = std.mem.indexOfScalar(u8, rest, '&') orelse rest.len;
    const number = std.fmt.parseInt(usize, rest[0..end], 10) catch return 30;
    return @min(number, 1000);
}

fn isPrime(n: usize) bool {
    var divisor: usize = 2;
    while (divisor * divisor <= n) : (divisor += 1) {
        if (n % divisor == 0) return false;
    }
    return n >= 2;
}

pub fn main(init: std.process.Init) !void {
    const arena = init.arena.allocator();
    var in_buffer: [4096]u8 = undefined;
    var in = std.Io.File.stdin().reader(init.io, &in_buffer);
    const input = try in.interface.allocRemaining(arena, .unlimited);
    const request = try std.json.parseFromSliceLeaky(Request, arena, input, .{ .ignore_unknown_fields = true });

    var text: std.Io.Writer.Allocating = .init(arena);
    for (0..limit(request.url) + 1) |n| {
        if (isPrime(n)) try text.writer.print("{d} ", .{n});
    }
    try text.writer.writeAll("\n");

    var out_buffer: [4096]u8 = undefined;
    var out = std.Io.File.stdout().writer(init.io, &out_buffer);
    try std.json.Stringify.value(.{
        .data = text.written(),
        .headers = .{ .@"content-type" = "text/plain; charset=utf-8" },
        .status = 200,
        .kv = Empty{},
    }, .{}, &out.interface);
    try out.interface.flush();
}
