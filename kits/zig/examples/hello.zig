//! Answers "hello" to everything.
//!
//!     zig build-exe -target wasm32-wasi -mexec-model=reactor -O ReleaseSmall -fno-entry -rdynamic \
//!         --dep wws -Mroot=hello.zig -Mwws=../src/wws.zig -femit-bin=hello.wasm

const wws = @import("wws");

comptime {
    wws.worker(.{ .handle = hello });
}

fn hello(_: *wws.Request, response: *wws.Response) !void {
    try response.writeAll("hello");
}
