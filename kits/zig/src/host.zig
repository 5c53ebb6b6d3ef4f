//! The server: where the functions of `wws_v1` are, and what they answer besides counts and ids.

const builtin = @import("builtin");

/// Outside of wasm there is no server but that of the tests.
pub const functions = if (builtin.target.cpu.arch.isWasm()) @import("wws_v1.zig") else @import("test_host.zig");

pub const again = -1;
pub const closed = -2;
pub const invalid = -3;
pub const state = -4;
pub const absent = -5;
pub const limit = -6;
// Of the key-value store.
pub const conflict = -7;
pub const quota = -8;
pub const unavailable = -9;
pub const unknown = -10;
pub const not_a_number = -11;
pub const key_size = -12;
pub const value_size = -13;
pub const too_much = -14;
pub const full = -15;
pub const overflow = -16;
pub const io = -17;
// Of outgoing requests.
pub const not_allowed = -18;
pub const unreachable_host = -19;
pub const tls = -20;
pub const timeout = -21;
pub const redirect = -22;
pub const loop = -23;
pub const too_large = -24;
pub const broken = -25;
pub const too_many = -26;

/// Where bytes are, for the server. Slices of nothing may point outside of the memory, which ends the guest.
pub fn at(bytes: []const u8) [*]const u8 {
    return if (bytes.len > 0) bytes.ptr else &nowhere;
}

/// The same for bytes that the server writes.
pub fn into(buffer: []u8) [*]u8 {
    return if (buffer.len > 0) buffer.ptr else &nowhere;
}

var nowhere: [1]u8 = undefined;
