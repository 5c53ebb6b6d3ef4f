//! What a handler may return.

use std::fmt::Display;

use http::Response;

use crate::Content;

/// The text of the answer 500 to a request whose handler gave an error.
pub(crate) const FAILED: &str = "There was an error running the handler";

/// What a handler may return: a [`Response`], a [`Content`] (status 200), or a `Result` of these.
///
/// An `Err` is answered with 500 `There was an error running the handler`; its text goes to the log, written with `{:#}`,
/// which for `anyhow` names the causes too. Every error that can be displayed will do.
#[diagnostic::on_unimplemented(
    message = "a worker cannot answer with `{Self}`",
    label = "returns `{Self}`",
    note = "return a `Response` whose body is a `Content` or becomes one, a `Content`, or a `Result` of these"
)]
pub trait Answer: sealed::Sealed {
    #[doc(hidden)]
    fn into_response(self) -> Result<Response<Content>, String>;
}

impl<T: Into<Content>> Answer for Response<T> {
    #[inline]
    fn into_response(self) -> Result<Response<Content>, String> {
        let (head, content) = self.into_parts();
        Ok(Response::from_parts(head, decoded(content.into())?))
    }
}

impl Answer for Content {
    #[inline]
    fn into_response(self) -> Result<Response<Content>, String> {
        Ok(Response::new(decoded(self)?))
    }
}

impl<A: Answer, E: Display> Answer for Result<A, E> {
    #[inline]
    fn into_response(self) -> Result<Response<Content>, String> {
        match self {
            Ok(answer) => answer.into_response(),
            Err(error) => Err(format!("{error:#}")),
        }
    }
}

/// The content without base64. An error is text for the log.
#[inline]
pub(crate) fn decoded(content: Content) -> Result<Content, String> {
    content.decoded().ok_or_else(|| "the handler answered Content::Base64 that is not base64".to_owned())
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for http::Response<T> {}
    impl Sealed for crate::Content {}
    impl<A, E> Sealed for Result<A, E> {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_text() {
        let failed: Result<Content, _> = Err("no luck");
        assert_eq!(failed.into_response().unwrap_err(), "no luck");
        let failed: crate::Result<Response<String>> = Err(std::io::Error::other("disk").into());
        assert_eq!(failed.into_response().unwrap_err(), "disk");
    }

    #[test]
    fn base64_becomes_bytes() {
        let response = Response::new(Content::Base64("//4=".into())).into_response().unwrap();
        assert_eq!(response.body().bytes(), Some(&[0xff, 0xfe][..]));
        assert!(Content::Base64("not!".into()).into_response().unwrap_err().contains("not base64"));
    }

    #[test]
    fn bodies_become_contents() {
        let response = Response::new("hi").into_response().unwrap();
        assert_eq!(response.body().bytes(), Some(&b"hi"[..]));
        let response = Ok::<_, crate::Error>(Response::new(vec![0xffu8])).into_response().unwrap();
        assert_eq!(response.body().bytes(), Some(&[0xffu8][..]));
    }
}
