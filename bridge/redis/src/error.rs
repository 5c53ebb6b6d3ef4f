//! What goes wrong, in words for people.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why there is no connection that could be used.
pub type Problem = String;

/// The server's own words, without the client library's.
pub fn words(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        (Some(code), None) => code.to_string(),
        (None, Some(detail)) => detail.to_string(),
        (None, None) => error.to_string(),
    }
}

/// What a failure to make a connection means.
pub fn problem(error: &RedisError) -> Problem {
    let words = words(error);
    match error.kind() {
        ErrorKind::AuthenticationFailed => format!("refuses the user or the password ({words})"),
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "is a replica, not a primary".to_string(),
        ErrorKind::Server(ServerErrorKind::NoPerm) => {
            format!("does not let this user call or load functions ({words}); docs/kv.md says what it needs")
        }
        ErrorKind::Io => words,
        _ => match error.code() {
            Some("NOAUTH") => "wants a password".to_string(),
            Some("WRONGPASS") => format!("refuses the user or the password ({words})"),
            _ if words.contains("unknown command") => format!("is older than Redis 7 ({words})"),
            _ => words,
        },
    }
}
