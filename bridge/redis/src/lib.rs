//! The border between wws and Redis: connections to the primary of each key, kept and made anew, and
//! functions called on them. C++ sees the plain functions of `include/wws_redis.h`, where the contracts are.
//!
//! | module | what |
//! |---|---|
//! | `border` | the C functions |
//! | `client` | the thread with the event loop; one call from its queue to its answer |
//! | `kept` | something that is lost and made anew, and those who wait for it |
//! | `link` | a connection to one primary, with the functions loaded |
//! | `route` | which primary has a key: one server, Sentinel, Cluster |
//! | `stream` | TCP and TLS |
//! | `error` | what goes wrong, in words for people |


mod border;
mod client;
mod error;
mod kept;
mod link;
mod route;
mod stream;
