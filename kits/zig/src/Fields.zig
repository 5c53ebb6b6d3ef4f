//! Names and values: header fields, parameters, variables. A list as the server writes it; its parts are not copied.

const std = @import("std");
const Fields = @This();

pub const Field = struct { name: []const u8, value: []const u8 };

/// The rest of the list: for each field the lengths of name and value, both.
bytes: []const u8,

/// The next field, in the order in which the server has them. Repeated names are repeated.
pub fn next(fields: *Fields) ?Field {
    const lengths = 2 * @sizeOf(u32);
    if (fields.bytes.len < lengths) return null;
    const name_len = std.mem.readInt(u32, fields.bytes[0..4], .little);
    const value_len = std.mem.readInt(u32, fields.bytes[4..8], .little);
    const name = fields.bytes[lengths..][0..name_len];
    const value = fields.bytes[lengths + name_len ..][0..value_len];
    fields.bytes = fields.bytes[lengths + name_len + value_len ..];
    return .{ .name = name, .value = value };
}

/// The first value of that name in the rest of the list.
pub fn get(fields: Fields, name: []const u8) ?[]const u8 {
    var rest = fields;
    while (rest.next()) |field| {
        if (std.mem.eql(u8, field.name, name)) return field.value;
    }
    return null;
}
