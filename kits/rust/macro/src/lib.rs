//! The attributes of the crate `wasm-workers-rs`, which documents them.

mod expand;
mod options;
mod parts;

use proc_macro::TokenStream;
use syn::{ItemFn, parse_macro_input};

use options::Options;

/// Makes a function the worker: what answers the requests.
///
/// ```ignore
/// #[worker]
/// fn hello(request: Request<()>) -> Content {
///     Content::text("hello")
/// }
/// ```
///
/// It takes a request and gives an answer, as the crate's first page says, and may be `async`. Options:
///
/// | option | |
/// |---|---|
/// | `params` | one more argument, `&Params`: the parameters of the route |
/// | `cache` | one more argument after these, `&mut Cache`: the worker's key-value data |
/// | `init = function` | called before the request; its work may be done once for all requests |
/// | `resume = function` | called before each request, after `init` |
/// | `json`, `native` | says how the worker runs: the compiler refuses a crate that is of the other kind |
///
/// # The kind of crate
///
/// In a library (`crate-type = ["cdylib"]`) the function becomes what the native ABI calls: the module exports
/// `wws_handle`. In a binary it becomes `main` for `wws-json`. Cargo tells which of them it compiles; where something else
/// calls the compiler, it is a library unless the option `json` stands there.
///
/// # `cache`
///
/// Through `wws-json` it is what the server gives as `kv`; what the handler leaves in it is given back. If the handler
/// gives an error, it stays as it was. A native worker has the store itself, `kv`, whose keys are those of the same namespace: there
/// the option is refused at compile time.
///
/// # `init` and `resume`
///
/// `init` prepares what does not depend on the request: a table, a template, a parsed file. A server that takes
/// snapshots runs it once and starts every request from the memory it left. So random numbers, times and variables that it
/// reads are the same in all of them, and nothing of the request is there. Keep what it makes in a `static`:
///
/// ```ignore
/// static WORDS: LazyLock<Vec<String>> = LazyLock::new(load);
///
/// fn prepare() {
///     LazyLock::force(&WORDS);
/// }
///
/// #[worker(init = prepare)]
/// fn search(request: Request<()>) -> Content { /* ... */ }
/// ```
///
/// After that, in each instance, the environment is read anew and the seeds of new hash maps are new; `resume` does the
/// same for what the worker itself made of random bytes, such as the state of a generator.
///
/// # What is asked for
///
/// Of the request's method, URL, headers and body only those are fetched that the handler can look at. The attribute sees it
/// in the function's text: where the request is only used as in `request.uri()`, the others are left out; where it is passed
/// on as a whole, all are there. An argument that is not used costs nothing.
#[proc_macro_attribute]
pub fn worker(options: TokenStream, item: TokenStream) -> TokenStream {
    let options = parse_macro_input!(options as Options);
    let handler = parse_macro_input!(item as ItemFn);
    expand::expand(&options, &handler).into()
}

/// The old name of [`worker`](macro@worker).
#[deprecated(since = "1.0.0", note = "the attribute is called `worker` now")]
#[proc_macro_attribute]
pub fn handler(options: TokenStream, item: TokenStream) -> TokenStream {
    worker(options, item)
}
