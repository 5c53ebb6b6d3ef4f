//! Queries and forms: `name=value&name=value`, as browsers send them (`application/x-www-form-urlencoded`).

use std::borrow::Cow;

/// Names and values, decoded, in order. `+` and `%20` are blanks; what is not UTF-8 is replaced; a `%` that begins no
/// code stands for itself.
///
/// ```
/// use wasm_workers_rs::form;
///
/// let pairs: Vec<_> = form::pairs("q=wasm+workers&page=2&flag").collect();
/// assert_eq!(pairs, [("q".into(), "wasm workers".into()), ("page".into(), "2".into()), ("flag".into(), "".into())]);
/// ```
pub fn pairs(text: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// The first value of a name.
///
/// ```
/// use wasm_workers_rs::{form, http::Request};
///
/// let request = Request::builder().uri("/search?page=2").body(())?;
/// let page = form::value(request.uri().query().unwrap_or_default(), "page");
/// assert_eq!(page.as_deref(), Some("2"));
/// # Ok::<_, wasm_workers_rs::Error>(())
/// ```
pub fn value<'a>(text: &'a str, name: &str) -> Option<Cow<'a, str>> {
    pairs(text).find(|(known, _)| known == name).map(|(_, value)| value)
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, tail @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = tail;
                    (high << 4) | low
                }
                _ => b'%',
            },
            _ => *first,
        });
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()).into()
}

fn digit(character: u8) -> Option<u8> {
    // Below 16, so it fits.
    char::from(character).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_decoded_once() {
        assert_eq!(value("a=%2525+%C3%A9%26%3d", "a").unwrap(), "%25 é&=");
        assert_eq!(value("%61=x", "a").unwrap(), "x");
    }

    #[test]
    fn what_is_no_code_stands_for_itself() {
        for text in ["%", "%4", "%zz", "%%", "%+1"] {
            assert_eq!(decode(text), text.replace('+', " "), "{text}");
        }
        assert_eq!(decode("%ff!"), "\u{fffd}!");
    }

    #[test]
    fn the_first_of_a_name_counts() {
        assert_eq!(value("b=&a=1&a=2=3&&", "a").unwrap(), "1");
        assert_eq!(pairs("a=2=3&&").collect::<Vec<_>>(), [("a".into(), "2=3".into())]);
        assert_eq!(value("b=&a=1", "b").unwrap(), "");
        assert_eq!(value("", ""), None);
    }
}
