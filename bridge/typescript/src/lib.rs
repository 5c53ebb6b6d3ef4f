//! TypeScript and JSX to JavaScript, by oxc: what `include/wws_typescript.h` says.
//!
//! - `border`: the C functions
//! - `settings`: what of `tsconfig.json` changes the JavaScript
//! - `translate`: one file
//! - `positions`: from places of the JavaScript to those of the file it was made of

mod border;
mod positions;
mod settings;
mod translate;

/// oxc's version, and ours of what is done around it: to be raised when other JavaScript is made of the same file.
const VERSION: &str = "oxc 0.146.0, 1";
