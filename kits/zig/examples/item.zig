//! A parameter of the route, and JSON in and out: PUT /item/7 with {"count": 2} answers {"id":"7","count":2}.
//!
//!     mkdir -p site/item
//!     zig build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-entry -rdynamic \
//!         --dep wws -Mroot=item.zig -Mwws=../src/wws.zig -femit-bin='site/item/[id].wasm'

const std = @import("std");
const wws = @import("wws");

pub const std_options = wws.std_options;
pub const panic = wws.panic;

comptime {
    wws.worker(.{ .handle = handle });
}

const Body = struct { count: u32 = 0 };
const Item = struct { id: []const u8, count: u32 };

fn handle(request: *wws.Request, response: *wws.Response) !void {
    const text = try request.readAll(64 << 10);
    const body: Body = if (text.len == 0)
        .{}
    else
        std.json.parseFromSliceLeaky(Body, request.arena, text, .{}) catch |err| {
            std.log.info("not an item: {t}", .{err});
            try response.setStatus(400);
            return response.writeAll("the body is not an item\n");
        };
    const item: Item = .{ .id = try request.param("id") orelse "", .count = body.count };

    try response.addHeader("content-type", "application/json");
    var buffer: [256]u8 = undefined;
    var writer = response.writer(&buffer);
    try std.json.Stringify.value(item, .{}, &writer.interface);
    try writer.interface.flush();
}
