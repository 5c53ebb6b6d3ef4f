//! Which parts of the request a handler can look at, by its text.
//!
//! When in doubt, all of them: only where every mention of the argument is a call such as `request.uri()` are others left
//! out.

use proc_macro2::{TokenStream, TokenTree};
use syn::{FnArg, ItemFn, Pat};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    pub method: bool,
    pub uri: bool,
    pub headers: bool,
    pub body: bool,
}

const NONE: Parts = Parts { method: false, uri: false, headers: false, body: false };
const ALL: Parts = Parts { method: true, uri: true, headers: true, body: true };

/// The parts that the handler can look at.
pub fn of(handler: &ItemFn) -> Parts {
    let Some(FnArg::Typed(argument)) = handler.sig.inputs.first() else { return ALL };
    match &*argument.pat {
        Pat::Wild(_) => NONE,
        Pat::Ident(pattern) if pattern.subpat.is_none() => {
            let block = &handler.block;
            let mut parts = NONE;
            collect(quote::quote!(#block), &pattern.ident.to_string(), &mut parts);
            parts
        }
        _ => ALL,
    }
}

fn collect(tokens: TokenStream, name: &str, parts: &mut Parts) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), name, parts),
            TokenTree::Ident(ident) if ident == name => add_use(&tokens[index + 1..], parts),
            // `"{request:?}"` mentions it too.
            TokenTree::Literal(literal) if literal.to_string().contains(&format!("{{{name}")) => *parts = ALL,
            _ => {}
        }
    }
}

/// What follows the argument's name.
fn add_use(after: &[TokenTree], parts: &mut Parts) {
    let called = match after {
        [TokenTree::Punct(dot), TokenTree::Ident(called), ..] if dot.as_char() == '.' => called.to_string(),
        _ => String::new(),
    };
    match called.as_str() {
        "method" | "method_mut" => parts.method = true,
        "uri" | "uri_mut" => parts.uri = true,
        "headers" | "headers_mut" => parts.headers = true,
        "body" | "body_mut" | "into_body" => parts.body = true,
        "version" | "version_mut" | "extensions" | "extensions_mut" => {}
        _ => *parts = ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Parts {
        of(&syn::parse_str(text).unwrap())
    }

    #[test]
    fn an_argument_that_is_not_used_needs_nothing() {
        assert_eq!(parts("fn f(_: Request<()>) -> Content { Content::text(\"x\") }"), NONE);
        assert_eq!(parts("fn f(_req: Request<String>) -> Content { g(\"request\") }"), NONE);
        assert_eq!(parts("fn f(req: Request<String>) -> Content { request.uri(); reqs }"), NONE);
    }

    #[test]
    fn calls_need_their_part() {
        assert_eq!(parts("fn f(mut r: R) { format!(\"{}\", r.uri().path()); }"), Parts { uri: true, ..NONE });
        assert_eq!(
            parts("fn f(r: R) { if r.method() == a { x(r.into_body()) } }"),
            Parts { method: true, body: true, ..NONE }
        );
        assert_eq!(parts("fn f(r: R) { (|| [r.headers()])() }"), Parts { headers: true, ..NONE });
    }

    #[test]
    fn everything_else_needs_all() {
        for text in [
            "fn f(r: R) { g(r) }",
            "fn f(r: R) { g(&r); r.uri() }",
            "fn f(r: R) { r.into_parts() }",
            "fn f(r: R) { format!(\"{r:?}\") }",
            "fn f(r: R) { format!(r#\"{r:?}\"#) }",
            "fn f(r: R) { a.r }",
            "fn f(r: R) { R { r } }",
            "fn f(r @ R { .. }: R) {}",
            "fn f(R { uri, .. }: R) {}",
            "fn f() {}",
        ] {
            assert_eq!(parts(text), ALL, "{text}");
        }
    }
}
