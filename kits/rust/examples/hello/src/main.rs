// The same source as a binary, which runs through wws-json.
include!("lib.rs");
