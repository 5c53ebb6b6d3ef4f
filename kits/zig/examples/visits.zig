//! Counts the visits of each page. Put it at `visits/[page].wasm`, with `visits/[page].toml` beside it:
//!
//!     name = "visits"
//!     version = "1"
//!     [data.kv]
//!     namespace = "visits"
//!
//! Then ask for /visits/home again and again; /visits/all lists them.
//!
//!     mkdir -p site/visits
//!     zig build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-entry -rdynamic \
//!         --dep wws -Mroot=visits.zig -Mwws=../src/wws.zig -femit-bin='site/visits/[page].wasm'

const std = @import("std");
const wws = @import("wws");

pub const std_options = wws.std_options;
pub const panic = wws.panic;

comptime {
    wws.worker(.{ .handle = handle });
}

fn handle(request: *wws.Request, response: *wws.Response) !void {
    try response.addHeader("content-type", "text/plain; charset=utf-8");
    var buffer: [512]u8 = undefined;
    var writer = response.writer(&buffer);
    const page = try request.param("page") orelse "home";
    if (std.mem.eql(u8, page, "all")) {
        var pages = wws.kv.list(.{ .content = .values });
        while (try pages.next(request.arena)) |one| try writer.interface.print("{s}: {s}\n", .{ one.key, one.value });
    } else {
        const visits = wws.kv.increment(page, 1, .{}) catch |err| {
            std.log.err("{s}: {t}", .{ page, err });
            try response.setStatus(503);
            return response.writeAll("come back later\n");
        };
        try writer.interface.print("{s}: visit {d}\n", .{ page, visits.number });
    }
    try writer.interface.flush();
}
