//! What stands in `#[worker(...)]`.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Path, Result, Token};

#[derive(Default)]
pub struct Options {
    pub params: bool,
    /// Where it stands.
    pub cache: Option<Span>,
    pub json: bool,
    pub native: bool,
    pub init: Option<Path>,
    pub resume: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut options = Options::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            match name.to_string().as_str() {
                "params" => options.params = true,
                "cache" => options.cache = Some(name.span()),
                "json" => options.json = true,
                "native" => options.native = true,
                "init" => options.init = Some(value(input)?),
                "resume" => options.resume = Some(value(input)?),
                _ => {
                    let text = "the options of a worker are `params`, `cache`, `init = function`, `resume = function`, \
                                `json` and `native`";
                    return Err(Error::new(name.span(), text));
                }
            }
            if options.json && options.native {
                return Err(Error::new(name.span(), "a worker is either `json` or `native`"));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

fn value(input: ParseStream) -> Result<Path> {
    input.parse::<Token![=]>()?;
    input.parse()
}
