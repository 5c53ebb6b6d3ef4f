//! The ABI's lists: of headers, parameters, variables.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Bytes;

/// Names and values of a list: length of the name and of the value (4 bytes each, little-endian), name, value, and the
/// next. Ends where the list does, or where it is cut.
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    pub(crate) fn of(list: &'a [u8]) -> Self {
        Entries { rest: list }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (name_length, rest) = self.rest.split_first_chunk::<4>()?;
        let (value_length, rest) = rest.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_at_checked(u32::from_le_bytes(*name_length) as usize)?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*value_length) as usize)?;
        self.rest = rest;
        Some((name, value))
    }
}

/// Adds an entry to a list.
pub(crate) fn push(list: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for text in [name, value] {
        list.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    list.extend(name);
    list.extend(value);
}

/// A list as text. What is not UTF-8 is replaced.
pub(crate) fn to_map(list: &[u8]) -> HashMap<String, String> {
    Entries::of(list).map(|(name, value)| (to_text(name), to_text(value))).collect()
}

pub(crate) fn to_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Adds header fields whose text lasts as long as the request, without copying the values. One that HTTP does not allow
/// is left out.
pub(crate) fn add_headers(headers: &mut HeaderMap, fields: impl Iterator<Item = (&'static [u8], &'static [u8])>) {
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name);
        let value = HeaderValue::from_maybe_shared(Bytes::from_static(value));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
}

/// The same for a list that does not last.
pub(crate) fn copy_headers(headers: &mut HeaderMap, list: &[u8]) {
    for (name, value) in Entries::of(list) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, value) in entries {
            bytes.extend((name.len() as u32).to_le_bytes());
            bytes.extend((value.len() as u32).to_le_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend(value.as_bytes());
        }
        bytes
    }

    #[test]
    fn entries_are_read_in_order() {
        let bytes = list(&[("host", "a"), ("x", ""), ("", "y")]);
        let entries: Vec<_> = Entries::of(&bytes).collect();
        assert_eq!(entries, [(&b"host"[..], &b"a"[..]), (b"x", b""), (b"", b"y")]);
    }

    #[test]
    fn a_cut_list_ends_before_the_cut() {
        let bytes = list(&[("a", "1"), ("b", "2")]);
        for length in 0..bytes.len() {
            assert_eq!(Entries::of(&bytes[..length]).count(), length / 10, "{length}");
        }
        let mut lying = list(&[("a", "1")]);
        lying[3] = 0xff;
        assert_eq!(Entries::of(&lying).count(), 0);
    }

    #[test]
    fn maps_hold_text() {
        let map = to_map(&list(&[("id", "a bé"), ("id2", "")]));
        assert_eq!(map.len(), 2);
        assert_eq!(map["id"], "a bé");
    }

    #[test]
    fn headers_keep_repeated_names_and_leave_out_what_is_not_allowed() {
        let bytes: &'static [u8] =
            list(&[("x-a", "1"), ("x-a", "2"), ("b c", "3"), ("x-d", "\0"), ("x-e", "é")]).leak();
        let mut headers = HeaderMap::new();
        add_headers(&mut headers, Entries::of(bytes));
        assert_eq!(headers.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(headers.get("x-e").unwrap().as_bytes(), "é".as_bytes());
        assert_eq!(headers.len(), 3);
    }
}
