//! Server-sent events: the time, once a second, until the client leaves.
//!
//!     zig build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-entry -rdynamic \
//!         --dep wws -Mroot=events.zig -Mwws=../src/wws.zig -femit-bin=events.wasm
//!
//! The worker's limit `time` ends it too: events.toml may raise that.

const wws = @import("wws");

comptime {
    wws.worker(.{ .handle = events });
}

fn events(_: *wws.Request, response: *wws.Response) !void {
    try response.addHeader("content-type", "text/event-stream");
    var buffer: [64]u8 = undefined;
    var writer = response.writer(&buffer);
    while (true) {
        try writer.interface.print("data: {d}\n\n", .{wws.now(.wall).toSeconds()});
        try writer.interface.flush();
        wws.sleep(.fromSeconds(1));
    }
}
