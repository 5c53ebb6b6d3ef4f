//! Workers for wws, a server that starts a fresh WebAssembly instance for every request.
//!
//! ```zig
//! const wws = @import("wws");
//!
//! comptime {
//!     wws.worker(.{ .handle = hello });
//! }
//!
//! fn hello(_: *wws.Request, response: *wws.Response) !void {
//!     try response.writeAll("hello");
//! }
//! ```
//!
//! Nothing is allocated but what `Request` says. There is one thread and one request in the life of an instance; its
//! memory goes when the handler returns.

const builtin = @import("builtin");
const std = @import("std");

const codes = @import("host.zig");
const host = codes.functions;

pub const Request = @import("Request.zig");
pub const Response = @import("Response.zig");
pub const Fields = @import("Fields.zig");
/// The key-value store.
pub const kv = @import("kv.zig");
/// Outgoing requests.
pub const fetch = @import("fetch.zig");

/// Makes the program a worker. Call it once, in a `comptime` block of the root file, with
///
/// - `.handle`: `fn (*wws.Request, *wws.Response) !void` (or `void`). Answers the request. An error ends the
///   instance: its name is in the log, and the client gets status 500, or an answer that breaks off if its beginning
///   was sent. After the client left an error is nobody's concern and not logged.
/// - `.init`, optional: `fn () !void`. What does not depend on the request. The server may call it once and begin every
///   instance with the memory that it leaves: what it reads of clocks and random numbers is the same in all.
///   It may call `log`, `now` and `random`; anything else of the server ends it.
/// - `.on_resume`, optional: `fn () !void`. Is called in every instance after that, before `.handle`: the place for
///   what must differ, such as seeds of random generators. It may call what `.init` may.
pub fn worker(comptime options: anytype) void {
    comptime {
        for (std.meta.fieldNames(@TypeOf(options))) |name| {
            const known = std.mem.eql(u8, name, "handle") or std.mem.eql(u8, name, "init") or
                std.mem.eql(u8, name, "on_resume");
            if (!known) @compileError("wws.worker: there is no option ." ++ name);
        }
        if (!@hasField(@TypeOf(options), "handle")) @compileError("wws.worker: the option .handle is missing");
        if (!builtin.target.cpu.arch.isWasm()) return; // tests of the worker
        const exports = Exports(options);
        // What makes a module a reactor for every tool, and keeps linkers from wrapping each export in constructor
        // calls. libc has its own.
        if (!builtin.link_libc) @export(&exports.initialize, .{ .name = "_initialize" });
        @export(&exports.handle, .{ .name = "wws_handle" });
        if (@hasField(@TypeOf(options), "init")) @export(&exports.init, .{ .name = "wws_init" });
        if (@hasField(@TypeOf(options), "on_resume")) @export(&exports.onResume, .{ .name = "wws_resume" });
    }
}

fn Exports(comptime options: anytype) type {
    return struct {
        fn initialize() callconv(.c) void {}

        fn handle() callconv(.c) void {
            var request: Request = .{ .arena = Request.instanceArena() };
            var response: Response = .{};
            check(options.handle(&request, &response));
        }

        fn init() callconv(.c) void {
            check(options.init());
        }

        fn onResume() callconv(.c) void {
            check(options.on_resume());
        }
    };
}

/// Ends the instance if a function of the worker failed.
fn check(result: anytype) void {
    if (@TypeOf(result) == void) return;
    result catch |err| {
        if (client_left) return;
        logLine(.err, "error: ", @errorName(err));
        std.os.wasi.proc_exit(1);
    };
}

/// Whether the server said so.
pub var client_left = false;

// --- waiting ---

/// What takes time. Timers are operations too, what the key-value store does, and outgoing requests.
pub const Operation = enum(u32) {
    /// The next bytes of the request's body: see `Request.tryRead`.
    request_body = 0,
    /// Room for bytes of the answer's body: see `Response.tryWrite`.
    response_body = 1,
    _,
};

/// Starts a timer: an operation that is ready after that time. At most 1,024 are pending.
pub fn timer(duration: std.Io.Duration) error{TooManyTimers}!Operation {
    const id = host.timer(nanoseconds(duration));
    if (id < 0) return error.TooManyTimers;
    return @fromBackingInt(@as(u32, @intCast(id)));
}

/// Waits until one of the operations is ready, and returns its place among them: the first if several are. A timer
/// ends with that. There must be one, at most 1,024, and all pending.
pub fn wait(operations: []const Operation) usize {
    const place = host.wait(@ptrCast(operations.ptr), operations.len);
    if (place < 0) stop("wws.wait: none, too many, or one that is not pending");
    return @intCast(place);
}

/// Ends a timer, an operation of the store or an outgoing request that is not needed any more; does nothing if it has ended. A write that
/// has begun may be done all the same.
pub fn cancel(operation: Operation) void {
    _ = host.cancel(@backingInt(operation));
}

/// Waits for that time. For several at once: `timer` and `wait`.
pub fn sleep(duration: std.Io.Duration) void {
    _ = host.sleep(nanoseconds(duration));
}

fn nanoseconds(duration: std.Io.Duration) i64 {
    return @intCast(std.math.clamp(duration.nanoseconds, 0, std.math.maxInt(i64)));
}

// --- other ---

pub const Clock = enum(u1) {
    /// Since 1970 in UTC.
    wall = 0,
    /// Since some time in the past, never going back.
    steady = 1,
};

/// The time, in steps of a millisecond.
pub fn now(clock: Clock) std.Io.Timestamp {
    return .fromNanoseconds(host.clock(@backingInt(clock)));
}

/// Random bytes fit for keys, from the server. An instance gets 4 MiB; one that asks for more ends.
pub const random: std.Random = .{ .ptr = undefined, .fillFn = fillRandom };

fn fillRandom(_: *anyopaque, buffer: []u8) void {
    const most = 1 << 20; // in one call
    var rest = buffer;
    while (rest.len > 0) {
        const part = rest[0..@min(rest.len, most)];
        if (host.random(part.ptr, part.len) != 0) stop("wws.random: more than 4 MiB");
        rest = rest[part.len..];
    }
}

/// Writes lines to the server's log, with the worker's name and the request's id.
pub fn log(level: std.log.Level, text: []const u8) void {
    _ = host.log(switch (level) {
        .err => 0,
        .warn => 1,
        .info => 2,
        .debug => 3,
    }, codes.at(text), text.len);
}

/// A line of two parts; cut after 256 bytes.
fn logLine(level: std.log.Level, prefix: []const u8, text: []const u8) void {
    var line: [256]u8 = undefined;
    @memcpy(line[0..prefix.len], prefix);
    const rest = text[0..@min(text.len, line.len - prefix.len)];
    @memcpy(line[prefix.len..][0..rest.len], rest);
    log(level, line[0 .. prefix.len + rest.len]);
}

/// Makes `std.log` write to the server's log, if it stands in the root file:
/// `pub const std_options = wws.std_options;`
pub const std_options: std.Options = .{ .logFn = logFn };

/// For `std.Options.logFn`. A message is cut after 2 KiB.
pub fn logFn(
    comptime level: std.log.Level,
    comptime scope: @EnumLiteral(),
    comptime format: []const u8,
    args: anytype,
) void {
    var buffer: [2048]u8 = undefined;
    var line: std.Io.Writer = .fixed(&buffer);
    if (scope != .default) line.print("({t}) ", .{scope}) catch {};
    line.print(format, args) catch {};
    log(level, line.buffered());
}

/// Makes a panic one line of the log, without the code that prints a stack, if it stands in the root file:
/// `pub const panic = wws.panic;`
pub const panic = std.debug.FullPanic(panicFn);

fn panicFn(message: []const u8, _: ?usize) noreturn {
    stop(message);
}

/// What `panic` does, for the kit itself, whatever the root file has for a panic.
fn stop(message: []const u8) noreturn {
    @branchHint(.cold);
    logLine(.err, "panic: ", message);
    @trap();
}

test {
    _ = @import("test.zig");
    _ = @import("test_kv.zig");
    _ = @import("test_fetch.zig");
}
