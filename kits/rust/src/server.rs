//! What else a worker can ask: variables, the client, the time, random bytes.

use std::time::{Duration, SystemTime};

use http::Uri;

use crate::Bytes;
use crate::host::{ID, LIMIT, PEER, SENT_PATH, WALL_CLOCK, fetch, host};
use crate::list::{Entries, to_text};

/// The worker's variables: `[vars]` in its TOML file. The environment (`std::env::var`) has the same.
pub fn vars() -> impl Iterator<Item = (String, String)> {
    let list = fetch(512, |buffer| host().request_vars(buffer)).unwrap_or_default();
    let vars: Vec<_> = Entries::of(&list).map(|(name, value)| (to_text(name), to_text(value))).collect();
    vars.into_iter()
}

/// One of the worker's variables.
pub fn var(name: &str) -> Option<String> {
    let list = fetch(512, |buffer| host().request_vars(buffer))?;
    Entries::of(&list).find(|(known, _)| *known == name.as_bytes()).map(|(_, value)| to_text(value))
}

/// The address of the client. `None` through `wws-json`, which does not tell it.
pub fn client_address() -> Option<String> {
    field(PEER)
}

/// The path as the client sent it: with the slash at its end, doubled slashes and dot segments, which `Request::uri` does
/// not have. `None` through `wws-json`, which does not tell it.
pub fn sent_path() -> Option<String> {
    field(SENT_PATH)
}

/// The id of the request, as in the server's log. `None` through `wws-json`, which does not tell it.
pub fn request_id() -> Option<String> {
    field(ID)
}

fn field(number: u32) -> Option<String> {
    fetch(64, |buffer| host().request_get(number, buffer)).map(|text| to_text(&text))
}

/// The time, in steps of a millisecond.
pub fn now() -> SystemTime {
    let nanoseconds = host().clock(WALL_CLOCK);
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds.try_into().unwrap_or_default())
}

/// Fills a buffer with random bytes that are fit for keys. No two requests get the same.
///
/// # Panics
///
/// More than 1 MiB, or 4 MiB in all for one request.
pub fn random(buffer: &mut [u8]) {
    match host().random(buffer) {
        LIMIT => panic!("more random bytes than the server gives to one request"),
        code => assert_eq!(code, 0, "random bytes"),
    }
}

/// The URL of a request. `Uri` is stricter than servers and browsers are: what it does not take is percent-encoded. If
/// that does not help, `target`, the path and query, counts.
pub(crate) fn to_uri(url: impl Into<Bytes>, target: impl FnOnce() -> Vec<u8>) -> Uri {
    let url = url.into();
    Uri::from_maybe_shared(url.clone()).unwrap_or_else(|_| encoded_uri(&url, target))
}

#[cold]
fn encoded_uri(url: &[u8], target: impl FnOnce() -> Vec<u8>) -> Uri {
    Uri::from_maybe_shared(encode(url)).or_else(|_| Uri::from_maybe_shared(encode(&target()))).unwrap_or_default()
}

fn encode(text: &[u8]) -> Bytes {
    let mut encoded = Vec::with_capacity(text.len() + 32);
    for byte in text {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'#' | 0..=0x20 | 0x7f.. => {
                encoded.extend(format!("%{byte:02X}").bytes());
            }
            _ => encoded.push(*byte),
        }
    }
    encoded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(url: &'static str, target: &str) -> String {
        to_uri(url, || target.into()).to_string()
    }

    #[test]
    fn variables() {
        crate::fake::install();
        assert_eq!(var("a").as_deref(), Some("one"));
        assert_eq!(var("b").as_deref(), Some(""));
        assert_eq!(var("c"), None);
        assert_eq!(vars().collect::<Vec<_>>(), [("a".into(), "one".into()), ("b".into(), String::new())]);
        assert_eq!(client_address(), None);
        assert_eq!(sent_path(), None);
    }

    #[test]
    fn urls_are_kept_as_they_are() {
        for url in ["http://localhost:8080/a%20b/é?x=%zz&y=/?", "/a?b=c", "http://[::1]/", "/"] {
            assert_eq!(uri(url, "/no"), url);
        }
    }

    #[test]
    fn what_a_uri_may_not_hold_is_encoded() {
        assert_eq!(uri("http://a/b?q=<x>\"", "/no"), "http://a/b?q=%3Cx%3E%22");
    }

    #[test]
    fn a_host_that_is_none_is_left_out() {
        assert_eq!(uri("http://a b@c@/d", "/d?e=<"), "/d?e=%3C");
        assert_eq!(uri("http://", ""), "/");
    }
}
