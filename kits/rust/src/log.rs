//! Lines in the server's log, with the worker's name and the request's id.
//!
//! ```
//! use wasm_workers_rs::log;
//!
//! log::info("the cache is cold");
//! log::warning(format_args!("{} of {} orders are late", 3, 10));
//! ```
//!
//! Newlines begin new lines. Of a request that writes more than the worker's limit `log` the rest is dropped. Through
//! `wws-json` the lines go to standard error, with the level in front.
//!
//! With the feature `log`, what is logged with the macros of the crate `log` goes the same way; its `trace` is `debug`.

use std::fmt::Display;

use crate::host::host;

pub(crate) const ERROR: u32 = 0;
pub(crate) const WARNING: u32 = 1;
pub(crate) const INFO: u32 = 2;
pub(crate) const DEBUG: u32 = 3;

/// Logs that something failed.
pub fn error(text: impl Display) {
    host().log(ERROR, &text.to_string());
}

/// Logs that something is wrong and work goes on.
pub fn warning(text: impl Display) {
    host().log(WARNING, &text.to_string());
}

/// Logs what happens.
pub fn info(text: impl Display) {
    host().log(INFO, &text.to_string());
}

/// Logs what only somebody who looks for an error wants to know.
pub fn debug(text: impl Display) {
    host().log(DEBUG, &text.to_string());
}

/// Lets the macros of the crate `log` write to the server's log.
#[cfg(feature = "log")]
pub(crate) fn install() {
    // A worker that has a logger of its own keeps it.
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(log::LevelFilter::Debug);
    }
}

#[cfg(feature = "log")]
struct Logger;

#[cfg(feature = "log")]
impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let level = match record.level() {
            log::Level::Error => ERROR,
            log::Level::Warn => WARNING,
            log::Level::Info => INFO,
            log::Level::Debug | log::Level::Trace => DEBUG,
        };
        host().log(level, &record.args().to_string());
    }

    fn flush(&self) {}
}
