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
