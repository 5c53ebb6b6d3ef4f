//! The key-value store of the server in tests: in memory, one namespace; times to live are kept, and nothing ends.

const std = @import("std");
const codes = @import("host.zig");
const gpa = std.heap.page_allocator;

pub const first_operation = 2000;

const Record = struct {
    key: []const u8 = "",
    value: []const u8 = "",
    metadata: []const u8 = "",
    version: u64 = 0,
    time_to_live: i64 = 0,
};

/// `all`: what kv_result_with_metadata gives.
const Result = struct { bytes: []const u8, all: []const u8, code: i32, ready: bool };

/// The worker has no namespace.
pub var is_absent = false;
/// Results have to be waited for.
pub var is_slow = false;
/// By kv_select, which takes any name but `none`.
pub var selected: []const u8 = "";
/// What the next operations fail with; 0: they do not.
pub var failure: i32 = 0;

var records: std.ArrayList(Record) = .empty; // in the order of their keys
var results: std.ArrayList(?Result) = .empty;
var last_version: u64 = 0;

pub fn reset() void {
    records.clearRetainingCapacity();
    results.clearRetainingCapacity();
    is_absent = false;
    is_slow = false;
    failure = 0;
}

pub fn pending() usize {
    var count: usize = 0;
    for (results.items) |result| count += @intFromBool(result != null);
    return count;
}

pub fn timeToLive(key: []const u8) i64 {
    return find(key).?.time_to_live;
}

fn find(key: []const u8) ?*Record {
    for (records.items) |*record| {
        if (std.mem.eql(u8, record.key, key)) return record;
    }
    return null;
}

fn set(key: []const u8, value: []const u8, metadata: []const u8, time_to_live: i64) void {
    const kept = gpa.dupe(u8, metadata) catch unreachable; // it may be of the record that goes
    remove(key);
    var place: usize = 0;
    while (place < records.items.len and std.mem.lessThan(u8, records.items[place].key, key)) place += 1;
    records.insert(gpa, place, .{
        .key = gpa.dupe(u8, key) catch unreachable,
        .value = gpa.dupe(u8, value) catch unreachable,
        .metadata = kept,
        .version = last_version,
        .time_to_live = time_to_live,
    }) catch unreachable;
}

fn remove(key: []const u8) void {
    const record = find(key) orelse return;
    _ = records.orderedRemove(record - records.items.ptr);
}

fn sizes(key_len: usize, value_len: usize) i32 {
    if (key_len == 0 or key_len > 512) return codes.key_size;
    return if (value_len > 1 << 20) codes.value_size else 0;
}

/// Begins an operation that came to this.
fn begin(code: i32, bytes: []const u8) i32 {
    return beginRead(code, bytes, bytes);
}

fn beginRead(code: i32, bytes: []const u8, whole: []const u8) i32 {
    if (is_absent) return codes.absent;
    if (pending() == 1024) return codes.limit;
    results.append(gpa, .{
        .bytes = gpa.dupe(u8, bytes) catch unreachable,
        .all = gpa.dupe(u8, whole) catch unreachable,
        .code = if (failure != 0) failure else code,
        .ready = !is_slow,
    }) catch unreachable;
    return @intCast(first_operation + results.items.len - 1);
}

fn begunWith(code: i32, parts: anytype) i32 {
    var bytes: std.ArrayList(u8) = .empty;
    defer bytes.deinit(gpa);
    inline for (parts) |part| append(&bytes, part);
    return begin(code, bytes.items);
}

fn append(bytes: *std.ArrayList(u8), part: anytype) void {
    const raw = if (@typeInfo(@TypeOf(part)) == .int) std.mem.asBytes(&part) else part;
    bytes.appendSlice(gpa, raw) catch unreachable;
}

fn of(operation: u32) ?*Result {
    if (operation < first_operation or operation - first_operation >= results.items.len) return null;
    return if (results.items[operation - first_operation]) |*result| result else null;
}

/// Whether it is one of the store's; it is ready then.
pub fn makeReady(operation: u32) bool {
    const result = of(operation) orelse return false;
    result.ready = true;
    return true;
}

pub fn end(operation: u32) bool {
    if (of(operation) == null) return false;
    results.items[operation - first_operation] = null;
    return true;
}

pub fn kv_get(key: [*]const u8, key_len: usize) i32 {
    const code = sizes(key_len, 0);
    if (code != 0) return begin(code, "");
    const record = find(key[0..key_len]) orelse return begin(codes.absent, "");
    var bytes: [2]std.ArrayList(u8) = .{ .empty, .empty };
    defer for (&bytes) |*one| one.deinit(gpa);
    for (&bytes) |*one| append(one, record.version);
    appendAbout(&bytes[1], record.*);
    append(&bytes[1], record.metadata);
    for (&bytes) |*one| append(one, record.value);
    return beginRead(0, bytes[0].items, bytes[1].items);
}

/// When a record goes, where the clock of this store stands at 0, and the length of its metadata.
fn appendAbout(bytes: *std.ArrayList(u8), record: Record) void {
    append(bytes, record.time_to_live);
    append(bytes, @as(u32, @intCast(record.metadata.len)));
}

pub fn kv_select(name: [*]const u8, name_len: usize) i32 {
    if (std.mem.eql(u8, name[0..name_len], "none")) return codes.absent;
    selected = gpa.dupe(u8, name[0..name_len]) catch unreachable;
    return 0;
}

pub fn kv_get_many(keys: [*]const u8, len: usize) i32 {
    var rest = keys[0..len];
    var bytes: [2]std.ArrayList(u8) = .{ .empty, .empty };
    defer for (&bytes) |*one| one.deinit(gpa);
    while (rest.len > 0) {
        const key_len = std.mem.readInt(u32, rest[0..4], .little);
        const record: Record = if (find(rest[4..][0..key_len])) |found| found.* else .{};
        for (&bytes) |*one| append(one, record.version);
        appendAbout(&bytes[1], record);
        for (&bytes) |*one| append(one, @as(u32, @intCast(record.value.len)));
        append(&bytes[1], record.metadata);
        for (&bytes) |*one| append(one, record.value);
        rest = rest[4 + key_len ..];
    }
    return beginRead(0, bytes[0].items, bytes[1].items);
}

pub fn kv_list(
    prefix: [*]const u8,
    prefix_len: usize,
    after: [*]const u8,
    after_len: usize,
    limit: u32,
    content: u32,
) i32 {
    if (limit == 0 or limit > 1000) return begin(codes.too_much, "");
    var bytes: [2]std.ArrayList(u8) = .{ .empty, .empty };
    defer for (&bytes) |*one| one.deinit(gpa);
    var next: []const u8 = "";
    var last: []const u8 = "";
    var count: u32 = 0;
    for (records.items) |record| {
        if (!std.mem.startsWith(u8, record.key, prefix[0..prefix_len])) continue;
        if (after_len > 0 and !std.mem.lessThan(u8, after[0..after_len], record.key)) continue;
        if (count == limit) {
            next = last;
            break;
        }
        const value = if (content == 1) record.value else "";
        const about: Record = if (content == 0) .{} else record;
        for (&bytes) |*one| append(one, @as(u32, @intCast(record.key.len)));
        append(&bytes[0], @as(u32, @intCast(value.len)));
        for (&bytes) |*one| append(one, record.version);
        appendAbout(&bytes[1], about);
        append(&bytes[1], @as(u32, @intCast(value.len)));
        for (&bytes) |*one| append(one, record.key);
        append(&bytes[1], about.metadata);
        for (&bytes) |*one| append(one, value);
        last = record.key;
        count += 1;
    }
    var whole: [2]std.ArrayList(u8) = .{ .empty, .empty };
    defer for (&whole) |*one| one.deinit(gpa);
    for (&whole, bytes) |*one, items| {
        append(one, @as(u32, @intCast(next.len)));
        append(one, next);
        append(one, items.items);
    }
    return beginRead(0, whole[0].items, whole[1].items);
}

pub fn kv_put(
    key: [*]const u8,
    key_len: usize,
    value: [*]const u8,
    value_len: usize,
    time_to_live: i64,
    condition: u32,
) i32 {
    return kv_put_with_metadata(key, key_len, value, value_len, "", 0, time_to_live, condition);
}

pub fn kv_put_with_metadata(
    key: [*]const u8,
    key_len: usize,
    value: [*]const u8,
    value_len: usize,
    metadata: [*]const u8,
    metadata_len: usize,
    time_to_live: i64,
    condition: u32,
) i32 {
    const code = if (metadata_len > 1024) codes.value_size else sizes(key_len, value_len);
    if (code != 0) return begin(code, "");
    if (time_to_live < 0) return begin(codes.invalid, "");
    const is_there = find(key[0..key_len]) != null;
    if (condition != 0 and is_there != (condition == 2)) return begin(codes.conflict, "");
    last_version += 1;
    set(key[0..key_len], value[0..value_len], metadata[0..metadata_len], time_to_live);
    return begunWith(0, .{last_version});
}

pub fn kv_delete(key: [*]const u8, key_len: usize) i32 {
    if (find(key[0..key_len]) == null) return begunWith(sizes(key_len, 0), .{@as(u64, 0)});
    last_version += 1;
    remove(key[0..key_len]);
    return begunWith(0, .{last_version});
}

pub fn kv_increment(key: [*]const u8, key_len: usize, by: i64, time_to_live: i64) i32 {
    const code = sizes(key_len, 0);
    if (code != 0) return begin(code, "");
    const record = find(key[0..key_len]);
    const text = if (record) |found| found.value else "0";
    const number = std.fmt.parseInt(i64, text, 10) catch return begin(codes.not_a_number, "");
    const sum = std.math.add(i64, number, by) catch return begin(codes.overflow, "");
    var buffer: [32]u8 = undefined;
    last_version += 1;
    const time = if (record) |found| found.time_to_live else time_to_live;
    const metadata = if (record) |found| found.metadata else "";
    set(key[0..key_len], std.fmt.bufPrint(&buffer, "{d}", .{sum}) catch unreachable, metadata, time);
    return begunWith(0, .{ sum, last_version });
}

pub fn kv_compare_and_swap(
    key: [*]const u8,
    key_len: usize,
    version: u64,
    value: [*]const u8,
    value_len: usize,
    time_to_live: i64,
) i32 {
    const now = if (find(key[0..key_len])) |record| record.version else 0;
    if (now != version) return begin(codes.conflict, "");
    return kv_put(key, key_len, value, value_len, time_to_live, 0);
}

/// Looks whether the checks hold, or makes the changes. 0, or an error.
fn walk(changes: []const u8, comptime what: enum { checks, writes }) i32 {
    var rest = changes;
    while (rest.len > 0) {
        const kind = std.mem.readInt(u32, rest[0..4], .little);
        const key_len = std.mem.readInt(u32, rest[4..8], .little);
        switch (kind) {
            1 => {
                const version = std.mem.readInt(u64, rest[8..16], .little);
                const now = if (find(rest[16..][0..key_len])) |record| record.version else 0;
                if (what == .checks and now != version) return codes.conflict;
                rest = rest[16 + key_len ..];
            },
            2, 5 => {
                const value_len = std.mem.readInt(u32, rest[8..12], .little);
                const metadata_len = if (kind == 5) std.mem.readInt(u32, rest[12..16], .little) else 0;
                rest = rest[if (kind == 5) @as(usize, 16) else 12..];
                const time_to_live = std.mem.readInt(i64, rest[0..8], .little);
                const key, const more = .{ rest[8..][0..key_len], rest[8 + key_len ..] };
                const value, const metadata = .{ more[0..value_len], more[value_len..][0..metadata_len] };
                if (what == .writes) set(key, value, metadata, time_to_live);
                rest = more[value_len + metadata_len ..];
            },
            3 => {
                if (what == .writes) remove(rest[8..][0..key_len]);
                rest = rest[8 + key_len ..];
            },
            4 => {
                const since = std.mem.readInt(u64, rest[4..12], .little);
                if (what == .checks and last_version > since) return codes.conflict;
                rest = rest[12..];
            },
            else => return codes.invalid,
        }
    }
    return 0;
}

pub fn kv_transaction(changes: [*]const u8, len: usize) i32 {
    const code = walk(changes[0..len], .checks);
    if (code == 0) {
        last_version += 1;
        _ = walk(changes[0..len], .writes);
    }
    return begunWith(code, .{last_version});
}

pub fn kv_result(operation: u32, buffer: [*]u8, capacity: usize) i32 {
    const result = of(operation) orelse return codes.invalid;
    return give(operation, result.*, result.bytes, buffer, capacity);
}

pub fn kv_result_with_metadata(operation: u32, buffer: [*]u8, capacity: usize) i32 {
    const result = of(operation) orelse return codes.invalid;
    return give(operation, result.*, result.all, buffer, capacity);
}

fn give(operation: u32, result: Result, bytes: []const u8, buffer: [*]u8, capacity: usize) i32 {
    if (!result.ready) return codes.again;
    const len = bytes.len;
    if (result.code == 0 and len > capacity) return @intCast(len);
    defer _ = end(operation);
    if (result.code != 0) return result.code;
    @memcpy(buffer[0..len], bytes);
    return @intCast(len);
}
