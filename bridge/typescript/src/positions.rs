//! From places of the JavaScript to those of the file that it was made of.

use oxc_sourcemap::SourceMap;

/// A place of the JavaScript, and where it comes from. What follows in the same line comes from as far behind, up to
/// the next one. Lines and columns count from 1; columns of the JavaScript are bytes, those of the file UTF-16 units,
/// as editors have them.
#[derive(Clone, Copy)]
struct Row {
    line: u32,
    column: u32,
    from_line: u32,
    from_column: u32,
}

impl Row {
    fn says_the_same(&self, before: &Row) -> bool {
        self.line == before.line
            && self.from_line == before.from_line
            && i64::from(self.from_column) - i64::from(before.from_column)
                == i64::from(self.column) - i64::from(before.column)
    }
}

/// The rows in order, each as four numbers of 32 bits, little-endian. `lines_before` are lines of the JavaScript
/// that stand before what `map` is of.
pub fn encode(map: &SourceMap, code: &str, lines_before: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut lines = code.split('\n');
    let mut current = lines.next().unwrap_or("");
    let mut current_number = 0;
    let mut column = Columns::default();
    let mut before: Option<Row> = None;
    for token in map.get_tokens() {
        if token.get_source_id().is_none() {
            continue;
        }
        while current_number < token.get_dst_line() {
            current = lines.next().unwrap_or("");
            current_number += 1;
            column = Columns::default();
        }
        let row = Row {
            line: token.get_dst_line() + lines_before + 1,
            column: column.bytes_before(current, token.get_dst_col()) + 1,
            from_line: token.get_src_line() + 1,
            from_column: token.get_src_col() + 1,
        };
        if before.is_some_and(|before| row.says_the_same(&before)) {
            continue;
        }
        for number in [row.line, row.column, row.from_line, row.from_column] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        before = Some(row);
    }
    bytes
}

/// Columns of one line, asked for in ascending order.
#[derive(Default)]
struct Columns {
    bytes: u32,
    units: u32,
}

impl Columns {
    /// How many bytes stand before so many UTF-16 units.
    fn bytes_before(&mut self, line: &str, units: u32) -> u32 {
        if self.units > units {
            *self = Self::default();
        }
        for character in line[self.bytes as usize..].chars() {
            if self.units >= units {
                break;
            }
            self.units += character.len_utf16() as u32;
            self.bytes += character.len_utf8() as u32;
        }
        self.bytes
    }
}

/// The line and column, both from 1, of a place in bytes.
pub fn place_of(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[line_start..].encode_utf16().count() + 1;
    (line as u32, column as u32)
}
