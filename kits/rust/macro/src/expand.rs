//! From a handler to a worker.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Error, FnArg, Ident, ItemFn, Result, spanned::Spanned};

use crate::options::Options;
use crate::parts;

/// The handler, and beside it what the server calls, or errors.
pub fn expand(options: &Options, handler: &ItemFn) -> TokenStream {
    // Cargo sets it for the compiler of a binary, and only there.
    let is_binary = std::env::var_os("CARGO_BIN_NAME").is_some();
    let entry = check(options, handler, is_binary)
        .map(|()| if options.json || is_binary { json(options, handler) } else { native(options, handler) });
    let entry = entry.unwrap_or_else(|error| {
        let error = error.into_compile_error();
        // One error is enough: a binary without `main` would be another.
        let main = is_binary.then(|| quote! { fn main() {} });
        quote! { #error #main }
    });
    quote! { #handler #entry }
}

fn check(options: &Options, handler: &ItemFn, is_binary: bool) -> Result<()> {
    let error = |span, text: &str| Err(Error::new(span, text));
    if options.native && is_binary {
        let text = "`native` needs a library: in Cargo.toml, `autobins = false` in [package], and [lib] with \
                    `crate-type = [\"cdylib\"]` and `path = \"src/main.rs\"`";
        return error(Span::call_site(), text);
    }
    if options.json && !is_binary && std::env::var_os("CARGO").is_some() {
        return error(Span::call_site(), "`json` needs a binary: a src/main.rs and no [lib] in Cargo.toml");
    }
    if let (Some(span), false) = (options.cache, options.json || is_binary) {
        let text = "`cache` needs wws-json: build the worker as a binary, without [lib] in Cargo.toml, or use `kv`, the \
                    key-value store of native workers";
        return error(span, text);
    }
    check_signature(options, handler)
}

fn check_signature(options: &Options, handler: &ItemFn) -> Result<()> {
    let signature = &handler.sig;
    if !signature.generics.params.is_empty() {
        return Err(Error::new(signature.generics.span(), "a worker has no generic parameters"));
    }
    let mut expected = vec!["the request"];
    expected.extend(options.params.then_some("the parameters"));
    expected.extend(options.cache.map(|_| "the cache"));
    let is_method = signature.inputs.iter().any(|argument| matches!(argument, FnArg::Receiver(_)));
    if signature.inputs.len() == expected.len() && !is_method {
        return Ok(());
    }
    let hint = match expected.len() {
        1 => " (more with `#[worker(params)]` and `#[worker(cache)]`)",
        _ => "",
    };
    let text = format!("the arguments of this worker are: {}{hint}", expected.join(", "));
    Err(Error::new(signature.ident.span(), text))
}

fn parts_of(handler: &ItemFn) -> TokenStream {
    let parts::Parts { method, uri, headers, body } = parts::of(handler);
    quote! {
        ::wasm_workers_rs::__rt::Parts { method: #method, uri: #uri, headers: #headers, body: #body }
    }
}

/// The call of the handler, to its end.
fn call(options: &Options, handler: &ItemFn) -> TokenStream {
    let name = &handler.sig.ident;
    let params = options.params.then(|| quote_spanned! { Span::mixed_site() => , &params });
    let cache = options.cache.map(|_| quote_spanned! { Span::mixed_site() => , &mut cache });
    let call = quote_spanned! { Span::mixed_site() => #name(request #params #cache) };
    match handler.sig.asyncness {
        Some(_) => quote! { ::wasm_workers_rs::__rt::block_on(#call) },
        None => call,
    }
}

/// `main`, for wws-json.
fn json(options: &Options, handler: &ItemFn) -> TokenStream {
    let parts = parts_of(handler);
    let call = call(options, handler);
    let params = options.params.then(|| quote_spanned! { Span::mixed_site() => let params = input.params(); });
    let cache = options.cache.map(|_| quote_spanned! { Span::mixed_site() => let mut cache = input.cache(); });
    let left = match options.cache {
        Some(_) => quote_spanned! { Span::mixed_site() => ::core::option::Option::Some(&cache) },
        None => quote! { ::core::option::Option::None },
    };
    let prepare =
        options.init.iter().chain(&options.resume).map(|function| quote_spanned! { function.span() => #function(); });
    // The compiler looks for it by this name; the variables are seen by nothing else.
    let main = Ident::new("main", Span::call_site());
    quote_spanned! { Span::mixed_site() =>
        fn #main() {
            ::wasm_workers_rs::__rt::json::enter();
            #(#prepare)*
            let mut input = ::wasm_workers_rs::__rt::json::read(#parts);
            let ::core::option::Option::Some(request) = input.request() else { return };
            #params
            #cache
            let answer = #call;
            input.answer(answer, #left);
        }
    }
}

/// The exports of the native ABI. Where no WebAssembly is made, in tests, they are functions that nobody calls.
fn native(options: &Options, handler: &ItemFn) -> TokenStream {
    let parts = parts_of(handler);
    let call = call(options, handler);
    let params = options
        .params
        .then(|| quote_spanned! { Span::mixed_site() => let params = ::wasm_workers_rs::__rt::native::params(); });
    let init = options.init.as_ref().map(|init| {
        let init = quote_spanned! { init.span() => #init(); };
        quote! {
            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "wws_init"))]
            extern "C" fn __wws_init() {
                ::wasm_workers_rs::__rt::native::enter();
                #init
                ::wasm_workers_rs::__rt::native::end_init();
            }
        }
    });
    let resume = (options.init.is_some() || options.resume.is_some()).then(|| {
        let renew = options.init.iter().map(|_| quote! { ::wasm_workers_rs::__rt::native::renew(); });
        let resume = options.resume.iter().map(|resume| quote_spanned! { resume.span() => #resume(); });
        quote! {
            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "wws_resume"))]
            extern "C" fn __wws_resume() {
                ::wasm_workers_rs::__rt::native::enter();
                #(#renew)*
                #(#resume)*
            }
        }
    });
    quote_spanned! { Span::mixed_site() =>
        #[allow(dead_code)]
        const _: () = {
            ::wasm_workers_rs::__initialize!();
            #init
            #resume
            #[cfg_attr(target_arch = "wasm32", unsafe(export_name = "wws_handle"))]
            extern "C" fn __wws_handle() {
                ::wasm_workers_rs::__rt::native::enter();
                let ::core::option::Option::Some(request) = ::wasm_workers_rs::__rt::native::request(#parts) else {
                    return;
                };
                #params
                ::wasm_workers_rs::__rt::native::answer(#call);
            }
            // Tests of the worker compile all of this, and a handler that only the server calls is not unused.
            const _: [extern "C" fn(); 1] = [__wws_handle];
        };
    }
}
