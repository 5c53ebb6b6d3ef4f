//! As much of JSON as `wws-json` needs. An object is read once and in place; what nobody asks for is stepped over.
//!
//! The input comes from the server: what is wrong with it is found where it is in the way, and no more is looked for.

use std::borrow::Cow;

/// Something else than what is expected: where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unexpected {
    pub(crate) at: usize,
}

type Result<T> = std::result::Result<T, Unexpected>;

/// Reads values, one after the other.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Reader { text, at: 0 }
    }

    /// An object: `field` gets each key, and reads the value.
    pub(crate) fn object(&mut self, mut field: impl FnMut(&mut Self, Cow<'a, str>) -> Result<()>) -> Result<()> {
        self.expect(b'{')?;
        if self.peek() == Some(b'}') {
            return self.expect(b'}');
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            field(self, key)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.expect(b'}'),
            }
        }
    }

    /// Text; borrowed if it has no escapes.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>> {
        self.expect(b'"')?;
        let (first, mut mark) = self.plain()?;
        if mark == b'"' {
            return Ok(Cow::Borrowed(first));
        }
        let mut whole = String::from(first);
        while mark == b'\\' {
            whole.push(self.escaped()?);
            let next;
            (next, mark) = self.plain()?;
            whole.push_str(next);
        }
        Ok(Cow::Owned(whole))
    }

    /// `true`, or something else.
    pub(crate) fn is_true(&mut self) -> Result<bool> {
        Ok(self.raw()? == "true")
    }

    /// A value as it stands there.
    pub(crate) fn raw(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        self.skip()?;
        self.text.get(start..self.at).ok_or(self.unexpected())
    }

    /// Steps over a value.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let mut depth = 0;
        loop {
            match self.peek().ok_or(self.unexpected())? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                b'}' | b']' | b',' | b':' => return Err(self.unexpected()),
                _ => self.skip_word(),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// That nothing follows.
    pub(crate) fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    fn skip_string(&mut self) -> Result<()> {
        self.at += 1;
        // What is escaped is one character at least, and none of the escapes has a quote after that.
        while self.plain()?.1 == b'\\' {
            self.at += 1;
        }
        Ok(())
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        let is_over =
            |byte: &u8| matches!(byte, b',' | b':' | b'}' | b']' | b'{' | b'[' | b'"' | b' ' | b'\t' | b'\r' | b'\n');
        self.at += self.bytes().iter().position(is_over).unwrap_or(self.bytes().len());
    }

    /// The characters up to a quote or a backslash, which it steps over, and that one.
    #[inline]
    fn plain(&mut self) -> Result<(&'a str, u8)> {
        let start = self.at;
        // Control characters should not be here. They do no harm.
        self.at += plain_length::<false>(self.bytes());
        let mark = *self.bytes().first().ok_or(self.unexpected())?;
        let plain = self.text.get(start..self.at).ok_or(self.unexpected())?;
        self.at += 1;
        Ok((plain, mark))
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Result<char> {
        let code = *self.bytes().first().ok_or(self.unexpected())?;
        self.at += 1;
        Ok(match code {
            b'"' | b'\\' | b'/' => code.into(),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => return Err(Unexpected { at: self.at - 1 }),
        })
    }

    /// A character by its number, or by two that belong together. Half of a pair alone is U+FFFD.
    fn unicode(&mut self) -> Result<char> {
        let first = self.hexadecimal()?;
        if !(0xd800..0xdc00).contains(&first) || !self.bytes().starts_with(b"\\u") {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 2;
        let second = self.hexadecimal()?;
        if !(0xdc00..0xe000).contains(&second) {
            self.at = before;
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let number = 0x10000 + (((first - 0xd800) << 10) | (second - 0xdc00));
        Ok(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hexadecimal(&mut self) -> Result<u32> {
        let digits = self.bytes().first_chunk::<4>().ok_or(self.unexpected())?;
        let number = digits.iter().try_fold(0, |number, digit| Some((number << 4) | char::from(*digit).to_digit(16)?));
        let number = number.ok_or(self.unexpected())?;
        self.at += 4;
        Ok(number)
    }

    /// What is not read yet.
    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes().first() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                first => return first.copied(),
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn unexpected(&self) -> Unexpected {
        Unexpected { at: self.at }
    }
}

/// Appends text in quotes.
pub(crate) fn write(output: &mut Vec<u8>, text: &str) {
    let mut bytes = text.as_bytes();
    output.reserve(bytes.len() + 2);
    output.push(b'"');
    loop {
        let (plain, rest) = bytes.split_at(plain_length::<true>(bytes));
        output.extend_from_slice(plain);
        let Some((special, rest)) = rest.split_first() else { break };
        bytes = rest;
        match special {
            b'"' | b'\\' => output.extend([b'\\', *special]),
            b'\n' => output.extend(b"\\n"),
            b'\r' => output.extend(b"\\r"),
            b'\t' => output.extend(b"\\t"),
            _ => {
                output.extend(b"\\u00");
                output.extend([special >> 4, special & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
            }
        }
    }
    output.push(b'"');
}

/// How many bytes come before the first quote or backslash, or, if they count, control character.
#[inline]
fn plain_length<const CONTROLS: bool>(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut length = 0;
    // Eight at a time. A byte below n borrows from its high bit when n is subtracted; those above it may be wrong then, but
    // not those below.
    while let Some(eight) = bytes[length..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let below = |bytes: u64, n: u64| bytes.wrapping_sub(ONES * n) & !bytes;
        let quote = below(eight ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(eight ^ (ONES * u64::from(b'\\')), 1);
        let control = if CONTROLS { below(eight, 0x20) } else { 0 };
        let special = (control | quote | backslash) & HIGH;
        if special != 0 {
            return length + (special.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\') || CONTROLS && *byte < 0x20;
    bytes[length..].iter().position(is_special).map_or(bytes.len(), |place| length + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Result<String> {
        let mut reader = Reader::new(text);
        let string = reader.string()?.into_owned();
        reader.end().map(|()| string)
    }

    #[test]
    fn strings() {
        for (text, expected) in [
            (r#""""#, ""),
            (r#" "plain é" "#, "plain é"),
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""a long one before the escape\u00e9 and after it""#, "a long one before the escapeé and after it"),
            (r#""\ud83d\ude00\u0000""#, "😀\0"),
            (r#""\ud83d \ude00\ud83d\u0041""#, "\u{fffd} \u{fffd}\u{fffd}A"),
        ] {
            assert_eq!(string(text).as_deref(), Ok(expected), "{text}");
        }
        for text in
            ["", "\"", "\"a", r#""\"#, r#""\""#, r#""\x""#, r#""\u12""#, r#""\u12g4""#, r#""\ud83d\u""#, "\"a\" b", "a"]
        {
            assert!(string(text).is_err(), "{text}");
        }
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        assert!(matches!(Reader::new("\"a much longer text\"").string(), Ok(Cow::Borrowed("a much longer text"))));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut all: String = (0..0x180).filter_map(char::from_u32).collect();
        all.push_str("\u{2028}😀");
        for start in all.char_indices().map(|(index, _)| index) {
            let text = &all[start..];
            let mut written = Vec::new();
            write(&mut written, text);
            let written = String::from_utf8(written).unwrap();
            assert_eq!(string(&written).as_deref(), Ok(text));
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
            assert_eq!(string(&serde_json::to_string(text).unwrap()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_is() {
        for length in 0..40 {
            for special in [b'"', b'\\', 0, 0x1f] {
                for other in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                    let mut bytes = vec![other; length];
                    assert_eq!(plain_length::<true>(&bytes), length);
                    bytes.extend([special, special, other]);
                    assert_eq!(plain_length::<true>(&bytes), length, "{special} after {other}");
                    let expected = if special < 0x20 { bytes.len() } else { length };
                    assert_eq!(plain_length::<false>(&bytes), expected, "{special} after {other}");
                }
            }
        }
    }

    #[test]
    fn values_are_stepped_over() {
        for text in ["1", "-1.5e3", "true", "null", r#""}\"]""#, "[]", "{}", r#"[1,{"a":[{}, "]"]},[[]]]"#] {
            let whole = format!(" {text} , 2");
            let mut reader = Reader::new(&whole);
            assert_eq!(reader.raw(), Ok(text));
            assert_eq!(reader.expect(b','), Ok(()));
            assert!(!reader.is_true().unwrap());
            assert_eq!(reader.end(), Ok(()));
        }
        for text in ["", "[", "{\"a\":", "\"", "]", "}", ",", ":"] {
            assert!(Reader::new(text).skip().is_err(), "{text}");
        }
        assert!(Reader::new(&"[".repeat(1 << 20)).skip().is_err());
    }

    #[test]
    fn objects() {
        let read = |text: &str| {
            let mut fields = Vec::new();
            let mut reader = Reader::new(text);
            reader.object(|reader, key| {
                fields.push((key.into_owned(), reader.raw()?.to_owned()));
                Ok(())
            })?;
            reader.end().map(|()| fields)
        };
        assert_eq!(read(" { } "), Ok(vec![]));
        let fields = [("a", "1"), ("b", "[2]"), ("a", "\"3\"")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read(r#"{"a":1, "b" : [2],"a":"3"}"#), Ok(fields.to_vec()));
        for text in
            ["", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{a:1}", "{} {}", "{\"a\":1"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
