//! The key-value store: the keys of the namespace that the worker's TOML file names in `[data.kv]`, and those of
//! `[data.kv.bindings]` (`select`).
//!
//! ```zig
//! const visits = try wws.kv.increment("visits", 1, .{});
//! ```
//!
//! Keys are 1 to 512 bytes, values up to 1 MiB, of any bytes. Each write gives its keys a new version, a number that
//! rises and is never given again: with it a worker sees that what it read is still so (`compareAndSwap`,
//! `Transaction`). A value may have metadata, a text of up to 1,024 bytes, JSON by agreement with other workers.
//!
//! Functions wait for what they ask. To have several on their way at once, begin each (`beginGet` and its kin), and
//! `finish` them then. What is read lies in the arena that is given, such as `request.arena`.

const std = @import("std");
const wws = @import("wws.zig");
const codes = @import("host.zig");
const host = codes.functions;
const Allocator = std.mem.Allocator;

/// Why an operation was not done.
pub const Error = error{
    /// The worker has no namespace, or no such binding: `[data.kv]` in its TOML file.
    NoNamespace,
    /// 1,024 operations are pending.
    TooManyOperations,
    /// A condition or a version is not as demanded; nothing was done.
    Conflict,
    /// The namespace has no room; nothing was done.
    QuotaExceeded,
    /// The store cannot do it now; nothing was done.
    Unavailable,
    /// The store failed at that moment: it may have been done or not.
    Unknown,
    /// The value is no decimal 64-bit number.
    NotANumber,
    /// A key that is empty, or longer than 512 bytes.
    KeySize,
    /// A value of more than 1 MiB, or metadata of more than 1,024 bytes.
    ValueSize,
    /// Too many keys, or too many bytes, for one operation.
    TooMuch,
    /// The store has no room; nothing was done.
    StoreFull,
    /// The number would not fit into 64 bits.
    Overflow,
    /// The disk is full or failed; nothing was done.
    InputOutput,
    /// An argument that is not allowed, such as a time to live that is negative.
    InvalidArgument,
    /// A write may be done all the same.
    ClientLeft,
};

fn errorOf(code: i32) Error {
    @branchHint(.cold);
    return switch (code) {
        codes.closed => {
            wws.client_left = true;
            return error.ClientLeft;
        },
        codes.invalid => error.InvalidArgument,
        codes.absent => error.NoNamespace,
        codes.limit => error.TooManyOperations,
        codes.conflict => error.Conflict,
        codes.quota => error.QuotaExceeded,
        codes.unavailable => error.Unavailable,
        codes.not_a_number => error.NotANumber,
        codes.key_size => error.KeySize,
        codes.value_size => error.ValueSize,
        codes.too_much => error.TooMuch,
        codes.full => error.StoreFull,
        codes.overflow => error.Overflow,
        codes.io => error.InputOutput,
        else => error.Unknown,
    };
}

/// What a key has.
pub const Entry = struct { value: []u8, version: u64 };

/// What a key has, with all that is known of it. `expires`: when the key goes, in milliseconds since 1970; null: never.
pub const Record = struct { value: []u8, version: u64, metadata: []const u8, expires: ?i64 };

/// A key of a list, and what it has. Its value is empty if the query is for keys alone.
pub const Item = struct {
    key: []const u8,
    value: []u8,
    version: u64,
    /// Of `pageWithMetadata`, and so the next.
    metadata: []const u8 = "",
    expires: ?i64 = null,
};

/// What `increment` came to: the number as it is now, and the version of this write.
pub const Incremented = struct { number: i64, version: u64 };

/// How to write: for ever and always, unless this says more.
pub const Options = struct {
    /// Null: for ever.
    time_to_live: ?std.Io.Duration = null,
    /// Of `put`.
    condition: Condition = .always,
    /// Of `put`; empty: none.
    metadata: []const u8 = "",

    fn milliseconds(options: Options) i64 {
        const time = options.time_to_live orelse return 0;
        const whole = @divTrunc(time.nanoseconds, std.time.ns_per_ms);
        // 0 would be for ever.
        return if (time.nanoseconds < 0) -1 else @intCast(std.math.clamp(whole, 1, std.math.maxInt(i64)));
    }
};

pub const Condition = enum(u32) {
    always = 0,
    /// Only if there is no such key, or else `error.Conflict`.
    if_absent = 1,
    /// Only if there is one, or else `error.Conflict`.
    if_present = 2,
};

/// What begins from now on is in the namespace of this binding; with an empty name in the worker's own. What has begun
/// stays where it is. `error.NoNamespace`: there is no such binding.
pub fn select(binding: []const u8) Error!void {
    const code = host.kv_select(codes.at(binding), binding.len);
    if (code < 0) return errorOf(code);
}

// --- reading ---

/// Value and version of a key; null if there is no such key.
pub fn get(arena: Allocator, key: []const u8) (Error || Allocator.Error)!?Entry {
    return (try beginGet(key)).finish(arena);
}

pub fn beginGet(key: []const u8) Error!PendingEntry {
    return .{ .operation = try begun(host.kv_get(codes.at(key), key.len)) };
}

fn decodeEntry(_: Allocator, result: ?[]u8) Allocator.Error!?Entry {
    const bytes = result orelse return null;
    return .{ .version = std.mem.readInt(u64, bytes[0..8], .little), .value = bytes[8..] };
}

/// All that is known of a key; null if there is no such key.
pub fn getWithMetadata(arena: Allocator, key: []const u8) (Error || Allocator.Error)!?Record {
    return (try beginGetWithMetadata(key)).finish(arena);
}

pub fn beginGetWithMetadata(key: []const u8) Error!PendingRecord {
    return .{ .operation = try begun(host.kv_get(codes.at(key), key.len)) };
}

fn decodeRecord(_: Allocator, result: ?[]u8) Allocator.Error!?Record {
    var rest: Parts = .{ .bytes = result orelse return null };
    const version, const expires = .{ rest.int(u64), rest.moment() };
    const metadata = rest.take(rest.int(u32));
    return .{ .value = rest.bytes, .version = version, .metadata = metadata, .expires = expires };
}

/// All that is known of up to 1,000 keys, of one moment, in the order of the keys; null for those that are not there.
pub fn getManyWithMetadata(arena: Allocator, keys: []const []const u8) (Error || Allocator.Error)![]?Record {
    return (try beginGetManyWithMetadata(arena, keys)).finish(arena);
}

pub fn beginGetManyWithMetadata(arena: Allocator, keys: []const []const u8) (Error || Allocator.Error)!PendingRecords {
    return .{ .operation = (try beginGetMany(arena, keys)).operation };
}

fn decodeRecords(arena: Allocator, result: ?[]u8) Allocator.Error![]?Record {
    var rest: Parts = .{ .bytes = result orelse &.{} };
    var records: std.ArrayList(?Record) = .empty;
    while (rest.bytes.len > 0) {
        const version, const expires = .{ rest.int(u64), rest.moment() };
        const metadata_len, const value_len = .{ rest.int(u32), rest.int(u32) };
        const metadata, const value = .{ rest.take(metadata_len), rest.take(value_len) };
        const record: Record = .{ .value = value, .version = version, .metadata = metadata, .expires = expires };
        try records.append(arena, if (version == 0) null else record);
    }
    return records.items;
}

/// Values and versions of up to 1,000 keys, all of one moment, in the order of the keys; null for those that are not
/// there.
pub fn getMany(arena: Allocator, keys: []const []const u8) (Error || Allocator.Error)![]?Entry {
    return (try beginGetMany(arena, keys)).finish(arena);
}

pub fn beginGetMany(arena: Allocator, keys: []const []const u8) (Error || Allocator.Error)!PendingEntries {
    var bytes: std.ArrayList(u8) = .empty;
    for (keys) |key| {
        try appendInt(arena, &bytes, u32, @intCast(key.len));
        try bytes.appendSlice(arena, key);
    }
    return .{ .operation = try begun(host.kv_get_many(codes.at(bytes.items), bytes.items.len)) };
}

fn decodeEntries(arena: Allocator, result: ?[]u8) Allocator.Error![]?Entry {
    var rest: Parts = .{ .bytes = result orelse &.{} };
    var entries: std.ArrayList(?Entry) = .empty;
    while (rest.bytes.len > 0) {
        const version = rest.int(u64);
        const value = rest.take(rest.int(u32));
        try entries.append(arena, if (version == 0) null else .{ .value = value, .version = version });
    }
    return entries.items;
}

/// Which keys are listed: all, unless it says more.
pub const Query = struct {
    /// Keys that begin with it.
    prefix: []const u8 = "",
    /// Only those behind this key, which need not be there.
    after: []const u8 = "",
    /// The most keys of a page, up to 1,000.
    limit: u32 = 100,
    content: enum(u32) { keys = 0, values = 1 } = .keys,
};

/// Keys in the order of their bytes.
pub const Page = struct {
    items: []Item,
    /// What is to be `after` for the next page; null if this was the last.
    next: ?[]const u8,
};

/// One page of the keys that a query asks for.
pub fn page(arena: Allocator, query: Query) (Error || Allocator.Error)!Page {
    return (try beginPage(query)).finish(arena);
}

pub fn beginPage(query: Query) Error!PendingPage {
    const prefix, const after = .{ query.prefix, query.after };
    const content = @backingInt(query.content);
    return .{ .operation = try begun(
        host.kv_list(codes.at(prefix), prefix.len, codes.at(after), after.len, query.limit, content),
    ) };
}

fn decodePage(arena: Allocator, result: ?[]u8) Allocator.Error!Page {
    var rest: Parts = .{ .bytes = result orelse return .{ .items = &.{}, .next = null } };
    const next = rest.take(rest.int(u32));
    var items: std.ArrayList(Item) = .empty;
    while (rest.bytes.len > 0) {
        const key_len, const value_len = .{ rest.int(u32), rest.int(u32) };
        const version = rest.int(u64);
        try items.append(arena, .{ .key = rest.take(key_len), .value = rest.take(value_len), .version = version });
    }
    return .{ .items = items.items, .next = if (next.len == 0) null else next };
}

/// The same, with metadata, and when keys go.
pub fn pageWithMetadata(arena: Allocator, query: Query) (Error || Allocator.Error)!Page {
    return (try beginPageWithMetadata(query)).finish(arena);
}

pub fn beginPageWithMetadata(query: Query) Error!PendingPageWithMetadata {
    const prefix, const after = .{ query.prefix, query.after };
    const content: u32 = if (query.content == .values) 1 else 2;
    return .{ .operation = try begun(
        host.kv_list(codes.at(prefix), prefix.len, codes.at(after), after.len, query.limit, content),
    ) };
}

fn decodePageWithMetadata(arena: Allocator, result: ?[]u8) Allocator.Error!Page {
    var rest: Parts = .{ .bytes = result orelse return .{ .items = &.{}, .next = null } };
    const next = rest.take(rest.int(u32));
    var items: std.ArrayList(Item) = .empty;
    while (rest.bytes.len > 0) {
        const key_len, const version, const expires = .{ rest.int(u32), rest.int(u64), rest.moment() };
        const metadata_len, const value_len = .{ rest.int(u32), rest.int(u32) };
        const key, const metadata, const value = .{ rest.take(key_len), rest.take(metadata_len), rest.take(value_len) };
        try items.append(arena, .{
            .key = key,
            .value = value,
            .version = version,
            .metadata = metadata,
            .expires = expires,
        });
    }
    return .{ .items = items.items, .next = if (next.len == 0) null else next };
}

/// All the keys that a query asks for, page by page as they are needed.
///
/// ```zig
/// var users = wws.kv.list(.{ .prefix = "user/" });
/// while (try users.next(request.arena)) |user| ...
/// ```
pub fn list(query: Query) Iterator {
    return .{ .query = query };
}

pub const Iterator = struct {
    query: Query,
    items: []const Item = &.{},
    at_end: bool = false,

    /// The next key; null at the end.
    pub fn next(iterator: *Iterator, arena: Allocator) (Error || Allocator.Error)!?Item {
        while (iterator.items.len == 0) {
            if (iterator.at_end) return null;
            const found = try page(arena, iterator.query);
            iterator.items = found.items;
            iterator.query.after = found.next orelse "";
            iterator.at_end = found.next == null;
        }
        defer iterator.items = iterator.items[1..];
        return iterator.items[0];
    }
};

// --- writing ---

/// Gives a key a value. Returns the version of this write.
pub fn put(key: []const u8, value: []const u8, options: Options) Error!u64 {
    return (try beginPut(key, value, options)).finish();
}

pub fn beginPut(key: []const u8, value: []const u8, options: Options) Error!PendingVersion {
    const time, const condition = .{ options.milliseconds(), @backingInt(options.condition) };
    const metadata = options.metadata;
    if (metadata.len > 0) return .{ .operation = try begun(host.kv_put_with_metadata(
        codes.at(key),
        key.len,
        codes.at(value),
        value.len,
        codes.at(metadata),
        metadata.len,
        time,
        condition,
    )) };
    return .{ .operation = try begun(host.kv_put(codes.at(key), key.len, codes.at(value), value.len, time, condition)) };
}

fn decodeVersion(numbers: [2]u64) u64 {
    return numbers[0];
}

/// Removes a key; whether it was there.
pub fn delete(key: []const u8) Error!bool {
    return (try beginDelete(key)).finish();
}

pub fn beginDelete(key: []const u8) Error!PendingDelete {
    return .{ .operation = try begun(host.kv_delete(codes.at(key), key.len)) };
}

fn wasDeleted(numbers: [2]u64) bool {
    return numbers[0] != 0;
}

/// Adds to a number, which is kept as decimal text; a key that is not there counts as 0. Nothing is lost when many do
/// it at once. The time to live is that of a key that this makes.
pub fn increment(key: []const u8, by: i64, options: Options) Error!Incremented {
    return (try beginIncrement(key, by, options)).finish();
}

pub fn beginIncrement(key: []const u8, by: i64, options: Options) Error!PendingSum {
    return .{ .operation = try begun(host.kv_increment(codes.at(key), key.len, by, options.milliseconds())) };
}

fn decodeSum(numbers: [2]u64) Incremented {
    return .{ .number = @bitCast(numbers[0]), .version = numbers[1] };
}

/// Gives a key a value if it has the expected version still (0: if it is not there), or else `error.Conflict`.
/// Returns the version of this write.
pub fn compareAndSwap(key: []const u8, expected: u64, value: []const u8, options: Options) Error!u64 {
    return (try beginCompareAndSwap(key, expected, value, options)).finish();
}

pub fn beginCompareAndSwap(key: []const u8, expected: u64, value: []const u8, options: Options) Error!PendingVersion {
    const time = options.milliseconds();
    return .{ .operation = try begun(
        host.kv_compare_and_swap(codes.at(key), key.len, expected, codes.at(value), value.len, time),
    ) };
}

/// Changes of which all are made or none.
///
/// ```zig
/// var move: wws.kv.Transaction = .{ .arena = request.arena };
/// try move.check(from, entry.version);
/// try move.put(to, entry.value, .{});
/// try move.delete(from);
/// _ = try move.commit(); // error.Conflict: a check does not hold
/// ```
pub const Transaction = struct {
    arena: Allocator,
    changes: std.ArrayList(u8) = .empty,

    const Kind = enum(u32) { check = 1, put = 2, delete = 3, check_all = 4, put_with_metadata = 5 };

    fn add(self: *Transaction, kind: Kind) Allocator.Error!void {
        return self.addInt(u32, @backingInt(kind));
    }

    fn addInt(self: *Transaction, comptime T: type, value: T) Allocator.Error!void {
        return appendInt(self.arena, &self.changes, T, value);
    }

    fn addBytes(self: *Transaction, bytes: []const u8) Allocator.Error!void {
        return self.changes.appendSlice(self.arena, bytes);
    }

    /// The key has this version; 0: it is not there.
    pub fn check(self: *Transaction, key: []const u8, version: u64) Allocator.Error!void {
        try self.add(.check);
        try self.addInt(u32, @intCast(key.len));
        try self.addInt(u64, version);
        try self.addBytes(key);
    }

    /// The whole namespace had no write since this version.
    pub fn checkAll(self: *Transaction, since: u64) Allocator.Error!void {
        try self.add(.check_all);
        try self.addInt(u64, since);
    }

    /// The key gets a value. The condition of the options does not count: there is `check`.
    pub fn put(self: *Transaction, key: []const u8, value: []const u8, options: Options) Allocator.Error!void {
        const has_metadata = options.metadata.len > 0;
        try self.add(if (has_metadata) .put_with_metadata else .put);
        try self.addInt(u32, @intCast(key.len));
        try self.addInt(u32, @intCast(value.len));
        if (has_metadata) try self.addInt(u32, @intCast(options.metadata.len));
        try self.addInt(i64, options.milliseconds());
        try self.addBytes(key);
        try self.addBytes(value);
        try self.addBytes(options.metadata);
    }

    /// The key goes.
    pub fn delete(self: *Transaction, key: []const u8) Allocator.Error!void {
        try self.add(.delete);
        try self.addInt(u32, @intCast(key.len));
        try self.addBytes(key);
    }

    /// Makes the changes. Returns the version of all that was written.
    pub fn commit(self: Transaction) Error!u64 {
        return (try self.beginCommit()).finish();
    }

    pub fn beginCommit(self: Transaction) Error!PendingVersion {
        return .{ .operation = try begun(host.kv_transaction(codes.at(self.changes.items), self.changes.items.len)) };
    }
};

// --- what has begun ---

pub const PendingEntry = PendingBytes(?Entry, decodeEntry, values);
pub const PendingEntries = PendingBytes([]?Entry, decodeEntries, values);
pub const PendingPage = PendingBytes(Page, decodePage, values);
pub const PendingRecord = PendingBytes(?Record, decodeRecord, all);
pub const PendingRecords = PendingBytes([]?Record, decodeRecords, all);
pub const PendingPageWithMetadata = PendingBytes(Page, decodePageWithMetadata, all);
/// Of a write.
pub const PendingVersion = PendingNumbers(u64, decodeVersion);
pub const PendingDelete = PendingNumbers(bool, wasDeleted);
pub const PendingSum = PendingNumbers(Incremented, decodeSum);

/// An operation that comes to one or two numbers.
fn PendingNumbers(comptime Result: type, comptime decode: fn ([2]u64) Result) type {
    return struct {
        /// For `wws.wait` among others, and for `wws.cancel`. It is pending until `finish`.
        operation: wws.Operation,

        /// What it came to; waits for it. Once.
        pub fn finish(self: @This()) Error!Result {
            var numbers: [2]u64 = .{ 0, 0 };
            const len = resultOf(values, self.operation, std.mem.asBytes(&numbers));
            return if (len < 0) errorOf(len) else decode(numbers);
        }
    };
}

/// An operation that comes to bytes.
fn PendingBytes(
    comptime Result: type,
    comptime decode: fn (Allocator, ?[]u8) Allocator.Error!Result,
    comptime take: Take,
) type {
    return struct {
        /// For `wws.wait` among others, and for `wws.cancel`. It is pending until `finish`.
        operation: wws.Operation,

        /// What it came to, in `arena`; waits for it. Once, but for `error.OutOfMemory`.
        pub fn finish(self: @This(), arena: Allocator) (Error || Allocator.Error)!Result {
            // Usually it is small; memory is taken for what there is.
            var space: [512]u8 = undefined;
            const answer = resultOf(take, self.operation, &space);
            if (answer == codes.absent) return decode(arena, null);
            if (answer < 0) return errorOf(answer);
            const len: usize = @intCast(answer);
            if (len <= space.len) return decode(arena, try arena.dupe(u8, space[0..len]));
            const whole = try arena.alloc(u8, len);
            const again = resultOf(take, self.operation, whole);
            return if (again < 0) errorOf(again) else decode(arena, whole);
        }
    };
}

/// The operation that a function of the server has begun.
fn begun(code: i32) Error!wws.Operation {
    if (code < 0) return errorOf(code);
    return @fromBackingInt(@as(u32, @intCast(code)));
}

/// How results are asked for.
const Take = fn (operation: u32, buffer: []u8) i32;

fn values(operation: u32, buffer: []u8) i32 {
    return host.kv_result(operation, codes.into(buffer), buffer.len);
}

fn all(operation: u32, buffer: []u8) i32 {
    return host.kv_result_with_metadata(operation, codes.into(buffer), buffer.len);
}

fn resultOf(comptime take: Take, operation: wws.Operation, buffer: []u8) i32 {
    while (true) {
        const answer = take(@backingInt(operation), buffer);
        if (answer != codes.again) return answer;
        _ = wws.wait(&.{operation});
    }
}

/// What the server wrote, taken apart.
const Parts = struct {
    bytes: []u8,

    fn take(parts: *Parts, len: usize) []u8 {
        defer parts.bytes = parts.bytes[len..];
        return parts.bytes[0..len];
    }

    /// Milliseconds since 1970; 0: none.
    fn moment(parts: *Parts) ?i64 {
        const milliseconds = parts.int(i64);
        return if (milliseconds == 0) null else milliseconds;
    }

    fn int(parts: *Parts, comptime T: type) T {
        return std.mem.readInt(T, parts.take(@sizeOf(T))[0..@sizeOf(T)], .little);
    }
};

fn appendInt(arena: Allocator, bytes: *std.ArrayList(u8), comptime T: type, value: T) Allocator.Error!void {
    var buffer: [@sizeOf(T)]u8 = undefined;
    std.mem.writeInt(T, &buffer, value, .little);
    try bytes.appendSlice(arena, &buffer);
}
