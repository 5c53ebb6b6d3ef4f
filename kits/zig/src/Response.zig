//! The answer. Its head (status and header) leaves with the first bytes of the body, or at the end; until then it can
//! be changed. Its body leaves as it is written. It is complete when the handler returns.

const std = @import("std");
const wws = @import("wws.zig");
const codes = @import("host.zig");
const host = codes.functions;
const Response = @This();

/// 200 unless it is set. 200 to 999.
pub fn setStatus(_: *Response, status: u16) error{ InvalidStatus, HeadSent }!void {
    return switch (host.response_status(status)) {
        codes.invalid => error.InvalidStatus,
        codes.state => error.HeadSent,
        else => {},
    };
}

/// Adds a header field, also to others of that name. Fields that frame the message, such as content-length, are the
/// server's to write, and left out.
pub fn addHeader(_: *Response, name: []const u8, value: []const u8) error{
    /// A name or value that HTTP does not allow, such as one with a line break.
    InvalidHeader,
    /// More than 1,000 fields or 256 KiB of them.
    TooManyHeaders,
    HeadSent,
}!void {
    return switch (host.response_header(codes.at(name), name.len, codes.at(value), value.len)) {
        codes.invalid => error.InvalidHeader,
        codes.limit => error.TooManyHeaders,
        codes.state => error.HeadSent,
        else => {},
    };
}

pub const WriteError = error{
    ClientLeft,
    /// `finish` was called.
    AnswerFinished,
};

/// Writes all of the bytes to the body; waits for room. They go out as soon as the client takes them.
pub fn writeAll(response: *Response, bytes: []const u8) WriteError!void {
    var rest = bytes;
    while (rest.len > 0) {
        const len = response.tryWrite(rest) catch |err| switch (err) {
            error.WouldBlock => {
                _ = wws.wait(&.{.response_body});
                continue;
            },
            error.ClientLeft, error.AnswerFinished => |e| return e,
        };
        rest = rest[len..];
    }
}

/// Writes some of the bytes, at least one unless there are none, and returns how many. Does not wait:
/// `error.WouldBlock` means that there is no room now; `wws.wait` for `.response_body`.
pub fn tryWrite(_: *Response, bytes: []const u8) (WriteError || error{WouldBlock})!usize {
    const answer = host.response_body_write(codes.at(bytes), bytes.len);
    if (answer >= 0) return @intCast(answer);
    if (answer == codes.again) return error.WouldBlock;
    if (answer == codes.state) return error.AnswerFinished;
    wws.client_left = true;
    return error.ClientLeft;
}

/// The answer is complete: the client has all of it, and the handler may go on. Flush writers before.
pub fn finish(_: *Response) error{AnswerFinished}!void {
    if (host.response_finish() != 0) return error.AnswerFinished;
}

/// The body for code that takes a `std.Io.Writer`: use `writer.interface`, do not move the writer then, and flush it
/// at the end, or whenever the client is to see what was written.
pub fn writer(response: *Response, buffer: []u8) Writer {
    return .{
        .response = response,
        .interface = .{ .vtable = &.{ .drain = Writer.drain }, .buffer = buffer },
    };
}

pub const Writer = struct {
    response: *Response,
    interface: std.Io.Writer,
    /// After `error.WriteFailed`: why.
    err: ?WriteError = null,

    fn drain(w: *std.Io.Writer, data: []const []const u8, splat: usize) std.Io.Writer.Error!usize {
        const self: *Writer = @alignCast(@fieldParentPtr("interface", w));
        try self.send(w.buffered());
        w.end = 0;
        var len: usize = 0;
        for (data[0 .. data.len - 1]) |part| {
            try self.send(part);
            len += part.len;
        }
        const last = data[data.len - 1];
        if (last.len == 1 and splat > 1) {
            var many: [512]u8 = undefined;
            const part = many[0..@min(splat, many.len)];
            @memset(part, last[0]);
            try self.send(part); // the caller comes again for what is left
            return len + part.len;
        }
        for (0..splat) |_| try self.send(last);
        return len + splat * last.len;
    }

    fn send(self: *Writer, bytes: []const u8) std.Io.Writer.Error!void {
        self.response.writeAll(bytes) catch |err| {
            self.err = err;
            return error.WriteFailed;
        };
    }
};
