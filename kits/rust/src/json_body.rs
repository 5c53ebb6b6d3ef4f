//! JSON for handlers, by serde: both ways.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::body::Refusal;
use crate::{Body, Bytes, Content, FromBody};

/// A body that is JSON, as what it stands for. One that is not is answered with 400 and the reason.
///
/// ```
/// # use wasm_workers_rs::{Content, Json, Result, http::Request};
/// #[derive(serde::Deserialize)]
/// struct Order {
///     item: String,
///     count: u32,
/// }
///
/// fn order(request: Request<Json<Order>>) -> Result<Content> {
///     let Json(order) = request.into_body();
///     Ok(Content::text(format!("{} of {}", order.count, order.item)))
/// }
/// ```
///
/// For answers there is [`Content::json`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromBody for Json<T> {
    fn from_body(body: Body) -> Result<Self, Refusal> {
        let bytes = Bytes::from_body(body)?;
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(Json(value)),
            Err(error) => Err(Refusal::Bad(format!("the body is not the JSON that it should be: {error}"))),
        }
    }
}

impl Content {
    /// A value as JSON: `application/json`. For bodies of requests there is [`Json`].
    ///
    /// # Errors
    ///
    /// The value cannot be written as JSON: a map whose keys are not text, for instance.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        Ok(Content::from(serde_json::to_vec(value)?).with_type("application/json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_values() {
        assert_eq!(Json::<[u32; 2]>::from_body("[1, 2]".into()).unwrap(), Json([1, 2]));
        let Err(Refusal::Bad(text)) = Json::<[u32; 2]>::from_body("[1]".into()) else { panic!("it is refused") };
        assert!(text.contains("line 1"), "{text}");
    }

    #[test]
    fn values_are_contents() {
        let content = Content::json(&["a", "b"]).unwrap();
        assert_eq!(content.bytes(), Some(&br#"["a","b"]"#[..]));
        assert_eq!(content.content_type(), Some("application/json"));
    }
}
