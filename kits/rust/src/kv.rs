//! The key-value store: the keys of the namespace that the worker's TOML file names in `[data.kv]`, and those of
//! `[data.kv.bindings]` ([`select`]).
//!
//! ```
//! use wasm_workers_rs::{Content, Result, http::Request, kv, worker};
//!
//! #[worker]
//! async fn visits(request: Request<()>) -> Result<Content> {
//!     let visits = kv::increment(request.uri().path(), 1).await?;
//!     Ok(Content::text(format!("visit {}\n", visits.number)))
//! }
//! # fn main() {}
//! ```
//!
//! Each function begins an [`Operation`] at once. It is a future, so that several are on their way at once with
//! [`join_all`](crate::join_all); where nothing is `async`, [`Operation::wait`] waits for it.
//!
//! Keys are 1 to 512 bytes, values up to 1 MiB, of any bytes. Each write gives its keys a new [`Version`], which rises and is
//! never given again: with it a worker sees that what it read is still so ([`compare_and_swap`], [`Transaction`]). A value may
//! have metadata, a text of up to 1,024 bytes, JSON by agreement with other workers ([`put_with_metadata`]).
//!
//! The store is of the native ABI: a worker through `wws-json` has the `cache` instead. In tests on your own machine there is a
//! store in memory, one for each thread.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Bytes;
use crate::host::{self, ABSENT, AGAIN, CLOSED, INVALID, LIMIT, host};
use crate::kv_store as store;
use crate::task::Ready;

pub(crate) const CONFLICT: i32 = -7;
pub(crate) const NOT_A_NUMBER: i32 = -11;
pub(crate) const KEY_SIZE: i32 = -12;
pub(crate) const VALUE_SIZE: i32 = -13;
pub(crate) const TOO_MUCH: i32 = -14;
pub(crate) const OVERFLOW: i32 = -16;

/// Why an operation was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The worker has no namespace, or no such binding: `[data.kv]` in its TOML file.
    NoNamespace,
    /// 1,024 operations are pending.
    Limit,
    /// A condition or a version is not as demanded; nothing was done.
    Conflict,
    /// The namespace has no room; nothing was done.
    Quota,
    /// The store cannot do it now; nothing was done.
    Unavailable,
    /// The store failed at that moment: it may have been done or not.
    Unknown,
    /// The value is no decimal 64-bit number.
    NotANumber,
    /// A key that is empty, or longer than 512 bytes.
    KeySize,
    /// A value of more than 1 MiB, or metadata of more than 1,024 bytes.
    ValueSize,
    /// Too many keys, or too many bytes, for one operation.
    TooMuch,
    /// The store has no room; nothing was done.
    Full,
    /// The number would not fit into 64 bits.
    Overflow,
    /// The disk is full or failed; nothing was done.
    Io,
    /// An argument that is not allowed, such as a time to live of centuries.
    Invalid,
    /// The client left, and the worker is to end.
    Closed,
}

impl Error {
    #[cold]
    fn of(code: i32) -> Self {
        match code {
            CLOSED => {
                host::note_that_client_left();
                Error::Closed
            }
            INVALID => Error::Invalid,
            ABSENT => Error::NoNamespace,
            LIMIT => Error::Limit,
            CONFLICT => Error::Conflict,
            -8 => Error::Quota,
            -9 => Error::Unavailable,
            NOT_A_NUMBER => Error::NotANumber,
            KEY_SIZE => Error::KeySize,
            VALUE_SIZE => Error::ValueSize,
            TOO_MUCH => Error::TooMuch,
            -15 => Error::Full,
            OVERFLOW => Error::Overflow,
            -17 => Error::Io,
            _ => Error::Unknown,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Error::NoNamespace => "the worker has no namespace: [data.kv] in its TOML file",
            Error::Limit => "too many operations are pending",
            Error::Conflict => "a condition or a version is not as demanded",
            Error::Quota => "the namespace is full",
            Error::Unavailable => "the store is not available",
            Error::Unknown => "the store failed: it may have been done or not",
            Error::NotANumber => "the value is not a number",
            Error::KeySize => "the key is empty or too long",
            Error::ValueSize => "the value is too large",
            Error::TooMuch => "too many keys or bytes for one operation",
            Error::Full => "the store is full",
            Error::Overflow => "the number is too large",
            Error::Io => "the disk failed",
            Error::Invalid => "an argument is not allowed",
            Error::Closed => "the client left",
        })
    }
}

impl std::error::Error for Error {}

/// The number of a write; those of later writes are larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// The version of a key that is not there.
    pub const NONE: Version = Version(0);
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What a key has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its value.
    pub value: Bytes,
    /// Of the write that gave it the value.
    pub version: Version,
}

/// What a key has, with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its value.
    pub value: Bytes,
    /// Of the write that gave it the value.
    pub version: Version,
    /// Of the value, UTF-8; empty: none.
    pub metadata: Bytes,
    /// When the key goes; `None`: never.
    pub expires: Option<SystemTime>,
}

/// A key of a list, and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// The key.
    pub key: Bytes,
    /// Its value; empty unless the list is [`with_values`](List::with_values).
    pub value: Bytes,
    /// Of the write that gave it the value.
    pub version: Version,
    /// Its metadata; empty unless the list is [`with_metadata`](List::with_metadata).
    pub metadata: Bytes,
    /// When the key goes, of a list that is [`with_metadata`](List::with_metadata); `None`: never.
    pub expires: Option<SystemTime>,
}

/// What [`increment`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incremented {
    /// The number as it is now.
    pub number: i64,
    /// Of this write.
    pub version: Version,
}

/// How a value is written: for ever and always, unless this says more.
///
/// ```
/// use std::time::Duration;
/// use wasm_workers_rs::kv;
///
/// let options = kv::Options::new().time_to_live(Duration::from_secs(60)).if_absent();
/// kv::put_with("lock", "mine", options).wait()?;
/// assert_eq!(kv::put_with("lock", "ours", options).wait(), Err(kv::Error::Conflict));
/// # Ok::<_, kv::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Milliseconds; 0: for ever.
    time_to_live: i64,
    /// As the ABI numbers them.
    condition: u32,
}

impl Options {
    /// For ever, always.
    pub fn new() -> Self {
        Options::default()
    }

    /// The key goes after this time.
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(1);
        self
    }

    /// Only if there is no such key, or else [`Error::Conflict`]. For [`put_with`].
    pub fn if_absent(mut self) -> Self {
        self.condition = 1;
        self
    }

    /// Only if there is such a key, or else [`Error::Conflict`]. For [`put_with`].
    pub fn if_present(mut self) -> Self {
        self.condition = 2;
        self
    }
}

/// Something that the store does. It began when this was made; `.await` gives what it came to, and so does
/// [`wait`](Operation::wait).
///
/// Dropping it ends it; a write that has begun may be done all the same.
#[must_use = "what is not waited for may not be done: .await it, or .wait()"]
pub struct Operation<T> {
    state: State,
    /// The function of the store that gives the answer.
    take: Take,
    /// What the answer means; `None`: there is no such key.
    decode: fn(Option<Vec<u8>>) -> T,
}

type Take = fn(u32, host::Space) -> i32;

enum State {
    Pending { number: u32, ready: Option<Ready> },
    Failed(Error),
    Done,
}

impl<T> Operation<T> {
    fn new(code: i32, decode: fn(Option<Vec<u8>>) -> T) -> Self {
        Self::with(code, store::result, decode)
    }

    fn with(code: i32, take: Take, decode: fn(Option<Vec<u8>>) -> T) -> Self {
        let state = match u32::try_from(code) {
            Ok(number) => State::Pending { number, ready: None },
            Err(_) => State::Failed(Error::of(code)),
        };
        Operation { state, take, decode }
    }

    /// Waits for it without `await`: nothing else of this worker goes on.
    ///
    /// # Errors
    ///
    /// It was not done.
    pub fn wait(mut self) -> Result<T, Error> {
        loop {
            if let Some(result) = self.result() {
                return result;
            }
            if let State::Pending { number, .. } = self.state {
                host().wait(&[number]);
            }
        }
    }

    /// What it came to; `None`: it goes on.
    fn result(&mut self) -> Option<Result<T, Error>> {
        let number = match self.state {
            State::Pending { number, .. } => number,
            State::Failed(error) => return Some(Err(error)),
            State::Done => panic!("an operation is waited for once"),
        };
        let mut bytes = Vec::with_capacity(512);
        let code = loop {
            let code = (self.take)(number, bytes.spare_capacity_mut());
            match usize::try_from(code) {
                Ok(length) if length > bytes.capacity() => bytes.reserve_exact(length),
                _ => break code,
            }
        };
        if code == AGAIN {
            return None;
        }
        self.state = State::Done;
        if code == ABSENT {
            return Some(Ok((self.decode)(None)));
        }
        Some(match usize::try_from(code) {
            Ok(length) => {
                // SAFETY: the store has written so many bytes.
                unsafe { bytes.set_len(length) };
                Ok((self.decode)(Some(bytes)))
            }
            Err(_) => Err(Error::of(code)),
        })
    }
}

impl<T> Future for Operation<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if let State::Pending { ready: Some(ready), .. } = &mut self.state {
                if Pin::new(ready).poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
            if let Some(result) = self.result() {
                return Poll::Ready(result);
            }
            if let State::Pending { number, ready } = &mut self.state {
                *ready = Some(Ready::new(*number));
            }
        }
    }
}

impl<T> Drop for Operation<T> {
    fn drop(&mut self) {
        if let State::Pending { number, ready } = &mut self.state {
            drop(ready.take());
            store::cancel(*number);
        }
    }
}

impl<T> fmt::Debug for Operation<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Operation").finish_non_exhaustive()
    }
}

/// Takes answers of the store apart. They are as the ABI says: what is missing is empty.
struct Reader {
    bytes: Bytes,
}

impl Reader {
    fn new(bytes: Option<Vec<u8>>) -> Self {
        Reader { bytes: bytes.unwrap_or_default().into() }
    }

    fn take(&mut self, length: usize) -> Bytes {
        self.bytes.split_to(length.min(self.bytes.len()))
    }

    fn number<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).as_ref().try_into().unwrap_or([0; N])
    }

    fn length(&mut self) -> usize {
        u32::from_le_bytes(self.number()) as usize
    }

    fn version(&mut self) -> Version {
        Version(u64::from_le_bytes(self.number()))
    }

    /// Milliseconds since 1970; 0: never.
    fn moment(&mut self) -> Option<SystemTime> {
        let milliseconds = u64::from_le_bytes(self.number());
        (milliseconds != 0).then(|| UNIX_EPOCH + Duration::from_millis(milliseconds))
    }

    fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }
}

fn version(bytes: Option<Vec<u8>>) -> Version {
    Reader::new(bytes).version()
}

fn push_length(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
}

/// What begins from now on is in the namespace of this binding of `[data.kv.bindings]`; an empty name: in the worker's own, as at
/// the start. What has begun stays where it is.
///
/// # Errors
///
/// [`Error::NoNamespace`]: there is no such binding.
///
/// ```
/// use wasm_workers_rs::kv;
///
/// kv::select("CARTS")?;
/// let carts = kv::increment("carts", 1); // there, whatever is selected when it is waited for
/// kv::select("")?;
/// assert_eq!(carts.wait()?.number, 1);
/// # Ok::<_, kv::Error>(())
/// ```
pub fn select(binding: &str) -> Result<(), Error> {
    match store::select(binding.as_bytes()) {
        0 => Ok(()),
        code => Err(Error::of(code)),
    }
}

/// Value and version of a key; `None` if there is no such key.
///
/// ```
/// use wasm_workers_rs::kv;
///
/// kv::put("greeting", "good day").wait()?;
/// let greeting = kv::get("greeting").wait()?.expect("it was put there");
/// assert_eq!(greeting.value, "good day");
/// # Ok::<_, kv::Error>(())
/// ```
pub fn get(key: impl AsRef<[u8]>) -> Operation<Option<Entry>> {
    Operation::new(store::get(key.as_ref()), |bytes| {
        let mut reader = Reader::new(Some(bytes?));
        Some(Entry { version: reader.version(), value: reader.bytes })
    })
}

/// All that is known of a key; `None` if there is no such key.
pub fn get_with_metadata(key: impl AsRef<[u8]>) -> Operation<Option<Record>> {
    Operation::with(store::get(key.as_ref()), store::result_with_metadata, |bytes| {
        let mut reader = Reader::new(Some(bytes?));
        let (version, expires, length) = (reader.version(), reader.moment(), reader.length());
        let metadata = reader.take(length);
        Some(Record { value: reader.bytes, version, metadata, expires })
    })
}

fn joined<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = K>) -> Vec<u8> {
    let mut list = Vec::new();
    for key in keys {
        push_length(&mut list, key.as_ref());
        list.extend(key.as_ref());
    }
    list
}

/// All that is known of up to 1,000 keys, of one moment, in the order of the keys.
pub fn get_many_with_metadata<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = K>) -> Operation<Vec<Option<Record>>> {
    Operation::with(store::get_many(&joined(keys)), store::result_with_metadata, |bytes| {
        let mut reader = Reader::new(bytes);
        let mut records = Vec::new();
        while !reader.is_at_end() {
            let (version, expires) = (reader.version(), reader.moment());
            let (metadata, value) = (reader.length(), reader.length());
            let (metadata, value) = (reader.take(metadata), reader.take(value));
            records.push((version != Version::NONE).then_some(Record { value, version, metadata, expires }));
        }
        records
    })
}

/// Values and versions of up to 1,000 keys, all of one moment, in the order of the keys.
pub fn get_many<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = K>) -> Operation<Vec<Option<Entry>>> {
    Operation::new(store::get_many(&joined(keys)), |bytes| {
        let mut reader = Reader::new(bytes);
        let mut entries = Vec::new();
        while !reader.is_at_end() {
            let (version, length) = (reader.version(), reader.length());
            let value = reader.take(length);
            entries.push((version != Version::NONE).then_some(Entry { value, version }));
        }
        entries
    })
}

/// Gives a key a value. Gives the version of this write.
pub fn put(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Operation<Version> {
    put_with(key, value, Options::new())
}

/// Gives a key a value for some time, or under a condition.
pub fn put_with(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>, options: Options) -> Operation<Version> {
    Operation::new(store::put(key.as_ref(), value.as_ref(), options.time_to_live, options.condition), version)
}

/// Gives a key a value with metadata, a text of up to 1,024 bytes: JSON, if workers in JavaScript are to read it. A value that
/// is written without has none, but an [`increment`] keeps them.
///
/// ```
/// use wasm_workers_rs::kv::{self, Options};
///
/// kv::put_with_metadata("logo", [0x89, 0x50], r#"{"type":"image/png"}"#, Options::new()).wait()?;
/// let logo = kv::get_with_metadata("logo").wait()?.expect("it was put there");
/// assert_eq!(logo.metadata, r#"{"type":"image/png"}"#);
/// # Ok::<_, kv::Error>(())
/// ```
pub fn put_with_metadata(
    key: impl AsRef<[u8]>,
    value: impl AsRef<[u8]>,
    metadata: impl AsRef<str>,
    options: Options,
) -> Operation<Version> {
    let (key, value, metadata) = (key.as_ref(), value.as_ref(), metadata.as_ref().as_bytes());
    Operation::new(store::put_with_metadata(key, value, metadata, options.time_to_live, options.condition), version)
}

/// Removes a key; whether it was there.
pub fn delete(key: impl AsRef<[u8]>) -> Operation<bool> {
    Operation::new(store::delete(key.as_ref()), |bytes| version(bytes) != Version::NONE)
}

/// Adds to a number, which is kept as decimal text; a key that is not there counts as 0. Nothing is lost when many do it at
/// once.
pub fn increment(key: impl AsRef<[u8]>, by: i64) -> Operation<Incremented> {
    increment_with(key, by, Options::new())
}

/// The same, with a time to live for a key that this makes. One that is there keeps its own.
pub fn increment_with(key: impl AsRef<[u8]>, by: i64, options: Options) -> Operation<Incremented> {
    Operation::new(store::increment(key.as_ref(), by, options.time_to_live), |bytes| {
        let mut reader = Reader::new(bytes);
        Incremented { number: i64::from_le_bytes(reader.number()), version: reader.version() }
    })
}

/// Gives a key a value if it still has this version ([`Version::NONE`]: if it is not there), or else [`Error::Conflict`].
///
/// ```
/// use wasm_workers_rs::kv;
///
/// fn append(key: &str, text: &str) -> Result<(), kv::Error> {
///     loop {
///         let (old, version) = match kv::get(key).wait()? {
///             Some(entry) => (entry.value, entry.version),
///             None => Default::default(),
///         };
///         match kv::compare_and_swap(key, version, [&old, text.as_bytes()].concat()).wait() {
///             Err(kv::Error::Conflict) => {} // another request was faster: once more
///             result => return result.map(drop),
///         }
///     }
/// }
/// # append("a", "b").and_then(|()| append("a", "c"))?;
/// # assert_eq!(kv::get("a").wait()?.unwrap().value, "bc");
/// # Ok::<_, kv::Error>(())
/// ```
pub fn compare_and_swap(key: impl AsRef<[u8]>, version: Version, value: impl AsRef<[u8]>) -> Operation<Version> {
    compare_and_swap_with(key, version, value, Options::new())
}

/// The same, for some time.
pub fn compare_and_swap_with(
    key: impl AsRef<[u8]>,
    expected: Version,
    value: impl AsRef<[u8]>,
    options: Options,
) -> Operation<Version> {
    let code = store::compare_and_swap(key.as_ref(), expected.0, value.as_ref(), options.time_to_live);
    Operation::new(code, version)
}

/// Changes of which all are made or none.
///
/// ```
/// use wasm_workers_rs::kv::{self, Transaction};
///
/// # kv::put("draft", "text").wait()?;
/// let draft = kv::get("draft").wait()?.expect("there is one");
/// let version = Transaction::new()
///     .check("draft", draft.version)
///     .put("published", &draft.value)
///     .delete("draft")
///     .commit()
///     .wait()?;
/// assert!(version > draft.version);
/// # Ok::<_, kv::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is done before .commit()"]
pub struct Transaction {
    /// As the ABI encodes them.
    changes: Vec<u8>,
}

impl Transaction {
    /// Without changes.
    pub fn new() -> Self {
        Transaction::default()
    }

    fn push(mut self, kind: u32, numbers: &[&[u8]], key: &[u8], value: &[u8]) -> Self {
        self.changes.extend(kind.to_le_bytes());
        for part in numbers.iter().chain(&[key, value]) {
            self.changes.extend(*part);
        }
        self
    }

    fn length(part: &[u8]) -> [u8; 4] {
        u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes()
    }

    /// The key has this version ([`Version::NONE`]: it is not there), or else [`Error::Conflict`].
    pub fn check(self, key: impl AsRef<[u8]>, version: Version) -> Self {
        let key = key.as_ref();
        self.push(1, &[&Self::length(key), &version.0.to_le_bytes()], key, b"")
    }

    /// The whole namespace had no write since this version, or else [`Error::Conflict`].
    pub fn check_all(self, since: Version) -> Self {
        self.push(4, &[&since.0.to_le_bytes()], b"", b"")
    }

    /// The key gets a value.
    pub fn put(self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.put_with(key, value, Options::new())
    }

    /// The key gets a value for some time. Conditions of the options do not count: see [`check`](Transaction::check).
    pub fn put_with(self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>, options: Options) -> Self {
        let (key, value) = (key.as_ref(), value.as_ref());
        let numbers: [&[u8]; 3] = [&Self::length(key), &Self::length(value), &options.time_to_live.to_le_bytes()];
        self.push(2, &numbers, key, value)
    }

    /// The key gets a value with metadata, for some time.
    pub fn put_with_metadata(
        self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
        metadata: impl AsRef<str>,
        options: Options,
    ) -> Self {
        let (key, value, metadata) = (key.as_ref(), value.as_ref(), metadata.as_ref().as_bytes());
        let lengths = [Self::length(key), Self::length(value), Self::length(metadata)];
        let numbers: [&[u8]; 4] = [&lengths[0], &lengths[1], &lengths[2], &options.time_to_live.to_le_bytes()];
        let mut changed = self.push(5, &numbers, key, value);
        changed.changes.extend(metadata);
        changed
    }

    /// The key goes.
    pub fn delete(self, key: impl AsRef<[u8]>) -> Self {
        let key = key.as_ref();
        self.push(3, &[&Self::length(key)], key, b"")
    }

    /// Makes the changes. Gives the version of all that was written.
    pub fn commit(self) -> Operation<Version> {
        Operation::new(store::transaction(&self.changes), version)
    }
}

/// The keys that begin with a prefix, in the order of their bytes.
///
/// ```
/// use wasm_workers_rs::kv;
///
/// # for name in ["ada", "alan"] { kv::put(format!("user/{name}"), name).wait()?; }
/// for item in kv::list("user/").with_values() {
///     let item = item?;
///     println!("{:?}: {:?}", item.key, item.value);
/// }
/// # assert_eq!(kv::list("user/").into_iter().count(), 2);
/// # Ok::<_, kv::Error>(())
/// ```
///
/// In an `async` worker, [`walk`](List::walk) does the same.
pub fn list(prefix: impl AsRef<[u8]>) -> List {
    let prefix = prefix.as_ref().to_vec();
    List { prefix, after: Bytes::new(), page_size: 100, has_values: false, has_metadata: false }
}

/// What [`list`] gives: what is to be listed.
#[derive(Clone, Debug)]
#[must_use = "it is read by a loop, by .walk(), or by .page()"]
pub struct List {
    prefix: Vec<u8>,
    after: Bytes,
    page_size: u32,
    has_values: bool,
    has_metadata: bool,
}

impl List {
    /// Only what is behind this key, which need not be there.
    pub fn after(mut self, key: impl AsRef<[u8]>) -> Self {
        self.after = Bytes::copy_from_slice(key.as_ref());
        self
    }

    /// The values too, and not keys alone.
    pub fn with_values(mut self) -> Self {
        self.has_values = true;
        self
    }

    /// Metadata of the values too, and when keys go.
    pub fn with_metadata(mut self) -> Self {
        self.has_metadata = true;
        self
    }

    /// How many keys are asked for at a time, up to 1,000; 100 unless this is called.
    pub fn page_size(mut self, keys: u32) -> Self {
        self.page_size = keys;
        self
    }

    /// One page.
    pub fn page(&self) -> Operation<Page> {
        let content = match (self.has_values, self.has_metadata) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 0,
        };
        let code = store::list(&self.prefix, &self.after, self.page_size, content);
        if self.has_metadata {
            return Operation::with(code, store::result_with_metadata, |bytes| {
                Page::read(bytes, |reader| {
                    let (key, version, expires) = (reader.length(), reader.version(), reader.moment());
                    let (metadata, value) = (reader.length(), reader.length());
                    let (key, metadata) = (reader.take(key), reader.take(metadata));
                    Item { key, value: reader.take(value), version, metadata, expires }
                })
            });
        }
        Operation::new(code, |bytes| {
            Page::read(bytes, |reader| {
                let (key, value, version) = (reader.length(), reader.length(), reader.version());
                let (key, value) = (reader.take(key), reader.take(value));
                Item { key, value, version, metadata: Bytes::new(), expires: None }
            })
        })
    }

    /// All of them, page by page, with `.await` between two.
    pub fn walk(self) -> Walk {
        Walk { list: self, items: VecDeque::new(), has_more: true }
    }
}

/// All of them, page by page, waiting for each. It ends after an error.
impl IntoIterator for List {
    type Item = Result<Item, Error>;
    type IntoIter = Items;

    fn into_iter(self) -> Items {
        Items(self.walk())
    }
}

/// One page of a [`List`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// In the order of their keys.
    pub items: Vec<Item>,
    /// What is to be given to [`List::after`] for the next page; `None` if this was the last.
    pub next: Option<Bytes>,
}

impl Page {
    fn read(bytes: Option<Vec<u8>>, item: fn(&mut Reader) -> Item) -> Self {
        let mut reader = Reader::new(bytes);
        let length = reader.length();
        let next = reader.take(length);
        let mut items = Vec::new();
        while !reader.is_at_end() {
            items.push(item(&mut reader));
        }
        Page { items, next: Some(next).filter(|next| !next.is_empty()) }
    }
}

/// What [`List::walk`] gives.
#[derive(Debug)]
pub struct Walk {
    list: List,
    items: VecDeque<Item>,
    has_more: bool,
}

impl Walk {
    /// The next of the list, waiting for the next page if it is there; `None` at the end, and after an error.
    pub async fn next(&mut self) -> Option<Result<Item, Error>> {
        while self.items.is_empty() && self.has_more {
            let page = self.list.page().await;
            if let Err(error) = self.turn(page) {
                return Some(Err(error));
            }
        }
        self.items.pop_front().map(Ok)
    }

    fn turn(&mut self, page: Result<Page, Error>) -> Result<(), Error> {
        self.has_more = false;
        let page = page?;
        self.items = page.items.into();
        if let Some(next) = page.next {
            self.list.after = next;
            self.has_more = true;
        }
        Ok(())
    }
}

/// The iterator of a [`List`].
#[derive(Debug)]
pub struct Items(Walk);

impl Iterator for Items {
    type Item = Result<Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let walk = &mut self.0;
        while walk.items.is_empty() && walk.has_more {
            let page = walk.list.page().wait();
            if let Err(error) = walk.turn(page) {
                return Some(Err(error));
            }
        }
        walk.items.pop_front().map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv_store::test;
    use crate::{block_on, fake, join, join_all, sleep, timeout};

    fn get_value(key: &str) -> Option<Bytes> {
        get(key).wait().unwrap().map(|entry| entry.value)
    }

    fn one_key() {
        assert_eq!(get("a").wait(), Ok(None));
        let first = put(b"a\0\xff", b"\0\xff").wait().unwrap();
        let entry = get(b"a\0\xff").wait().unwrap().unwrap();
        assert_eq!((entry.value.as_ref(), entry.version), (&b"\0\xff"[..], first));
        assert_eq!(put_with(b"a\0\xff", "x", Options::new().if_absent()).wait(), Err(Error::Conflict));
        assert_eq!(put_with("a", "x", Options::new().if_present()).wait(), Err(Error::Conflict));
        let time = Duration::from_secs(7);
        let second = put_with("a", "", Options::new().if_absent().time_to_live(time)).wait().unwrap();
        assert!(second > first);
        assert_eq!(test::time_to_live("a"), 7000);
        assert_eq!(compare_and_swap("a", first, "y").wait(), Err(Error::Conflict));
        assert!(compare_and_swap("a", second, "y").wait().unwrap() > second);
        assert_eq!(get_value("a").unwrap(), "y");
        assert_eq!(increment("a", 1).wait(), Err(Error::NotANumber));
        assert_eq!(delete("a").wait(), Ok(true));
        assert_eq!(delete("a").wait(), Ok(false));
        assert_eq!(increment("a", i64::MAX).wait().unwrap().number, i64::MAX);
        assert_eq!(increment("a", 1).wait(), Err(Error::Overflow));
        assert_eq!(get("").wait(), Err(Error::KeySize));
        assert_eq!(put("k".repeat(513), "").wait(), Err(Error::KeySize));
        assert_eq!(put("k", vec![0; (1 << 20) + 1]).wait(), Err(Error::ValueSize));
        for length in (500..520).chain([1 << 20]) {
            put("k", vec![b'v'; length]).wait().unwrap();
            assert_eq!(get_value("k").unwrap(), vec![b'v'; length]);
        }
    }

    fn several_keys() {
        let keys: Vec<_> = (0..7).map(|number| format!("u/{number}")).collect();
        for key in &keys {
            put(key, format!("of {key}")).wait().unwrap();
        }
        put("v", "other").wait().unwrap();
        let found = get_many(["u/2", "none", "u/1"]).wait().unwrap();
        let values: Vec<_> = found.into_iter().map(|entry| entry.map(|entry| entry.value)).collect();
        assert_eq!(values, [Some("of u/2".into()), None, Some("of u/1".into())]);
        assert_eq!(get_many::<&str>([]).wait(), Ok(vec![]));
        for size in 1..9 {
            let items: Result<Vec<_>, _> = list("u/").page_size(size).with_values().into_iter().collect();
            let items = items.unwrap();
            assert_eq!(items.iter().map(|item| item.key.clone()).collect::<Vec<_>>(), keys);
            assert!(items.iter().all(|item| item.value == [b"of ", &item.key[..]].concat() && item.version.0 > 0));
            let mut walk = list("u/").page_size(size).walk();
            let walked = block_on(async {
                let mut walked = Vec::new();
                while let Some(item) = walk.next().await {
                    walked.push(item.unwrap());
                }
                walked
            });
            assert_eq!(walked.iter().map(|item| item.key.clone()).collect::<Vec<_>>(), keys);
            assert!(walked.iter().all(|item| item.value.is_empty()));
        }
        let page = list("").after("u/5").page_size(1).page().wait().unwrap();
        assert_eq!((page.items[0].key.as_ref(), page.next.as_deref()), (&b"u/6"[..], Some(&b"u/6"[..])));
        let last = list("").after("u/6").page_size(1).page().wait().unwrap();
        assert_eq!((last.items[0].key.as_ref(), last.next), (&b"v"[..], None));
        let errors: Vec<_> = list("").page_size(1001).into_iter().collect();
        assert_eq!(errors, [Err(Error::TooMuch)]);
    }

    fn transactions() {
        let before = put("from", "v").wait().unwrap();
        let time = Duration::from_micros(1);
        let changes = Transaction::new()
            .check("from", before)
            .check("to", Version::NONE)
            .check_all(before)
            .put_with("to", "v", Options::new().time_to_live(time))
            .put("other", "")
            .delete("from");
        let version = changes.clone().commit().wait().unwrap();
        assert!(version > before);
        assert_eq!(get_value("from"), None);
        assert_eq!(get("to").wait().unwrap(), Some(Entry { value: "v".into(), version }));
        assert_eq!(test::time_to_live("to"), 1);
        assert_eq!(changes.commit().wait(), Err(Error::Conflict));
    }

    fn metadata() {
        let before = SystemTime::now();
        let hour = Options::new().time_to_live(Duration::from_secs(3600));
        let version = put_with_metadata("a", "one", "[1]", hour).wait().unwrap();
        put("b", "two").wait().unwrap();
        assert_eq!(get_with_metadata("none").wait(), Ok(None));
        let record = get_with_metadata("a").wait().unwrap().unwrap();
        assert_eq!(
            (record.value.as_ref(), record.version, record.metadata.as_ref()),
            (&b"one"[..], version, &b"[1]"[..])
        );
        assert!(record.expires.unwrap() + Duration::from_secs(1) > before + Duration::from_secs(3600));
        assert_eq!(get_value("a").unwrap(), "one");
        let all = get_many_with_metadata(["b", "none", "a"]).wait().unwrap();
        assert_eq!((all[0].as_ref().unwrap().expires, &all[1]), (None, &None));
        assert_eq!(all[2].as_ref(), Some(&record));
        for has_values in [false, true] {
            let list = list("").with_metadata();
            let list = if has_values { list.with_values() } else { list };
            let items: Vec<_> = list.into_iter().map(Result::unwrap).collect();
            assert_eq!((items[0].key.as_ref(), items[0].metadata.as_ref()), (&b"a"[..], &b"[1]"[..]));
            assert_eq!((items[0].expires, items[0].version), (record.expires, version));
            assert_eq!(items[1].metadata, "");
            assert_eq!(items[0].value, if has_values { "one" } else { "" });
        }
        assert_eq!(put_with_metadata("c", "", "x".repeat(1025), hour).wait(), Err(Error::ValueSize));
        let changes = Transaction::new().put_with_metadata("b", "three", "[3]", hour).put("a", "");
        changes.commit().wait().unwrap();
        let changed = get_many_with_metadata(["a", "b"]).wait().unwrap();
        let metadata: Vec<_> = changed.into_iter().map(|record| record.unwrap().metadata).collect();
        assert_eq!(metadata, ["", "[3]"]);
        assert_eq!((select("CARTS"), select("none"), select("")), (Ok(()), Err(Error::NoNamespace), Ok(())));
    }

    #[test]
    fn all_that_the_store_does() {
        for test in [one_key, several_keys, transactions, metadata] {
            for is_slow in [false, true] {
                let run = move || {
                    fake::install();
                    if is_slow {
                        test::set_slow();
                    }
                    test();
                    assert_eq!(test::pending(), 0);
                };
                std::thread::spawn(run).join().unwrap();
            }
        }
    }

    #[test]
    fn operations_overlap() {
        fake::install();
        test::set_slow();
        let sums = block_on(join_all((0..2000).map(|_| increment("n", 1))));
        assert!(sums.into_iter().zip(1..).all(|(sum, number)| sum.unwrap().number == number));
        let (entry, ()) = block_on(join(get("n"), sleep(Duration::from_secs(1))));
        assert_eq!(entry.unwrap().unwrap().value, "2000");
        let time = Duration::from_secs(1);
        assert_eq!(block_on(timeout(time, get("none"))), Ok(Ok(None)));
    }

    #[test]
    fn what_is_dropped_ends() {
        fake::install();
        test::set_slow();
        drop(get("a"));
        let mut polled = Box::pin(get("a"));
        block_on(std::future::poll_fn(|context| {
            assert!(polled.as_mut().poll(context).is_pending());
            Poll::Ready(())
        }));
        drop(polled);
        assert_eq!(test::pending(), 0);
        block_on(sleep(Duration::from_secs(1))); // waits for nothing else
    }

    #[test]
    fn a_worker_without_a_namespace() {
        fake::install();
        test::set_absent(true);
        assert_eq!(get("a").wait(), Err(Error::NoNamespace));
        assert_eq!(block_on(put("a", "b")), Err(Error::NoNamespace));
        assert_eq!(list("").into_iter().collect::<Vec<_>>(), [Err(Error::NoNamespace)]);
    }
}
