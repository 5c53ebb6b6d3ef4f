//! The functions of the key-value store (docs/abi.md), for `crate::kv`: the server's, or outside of WebAssembly, in tests of a
//! worker, those of a store in memory.
//!
//! They are no part of `Host`: a worker that does not use them does not import them.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory::*;
#[cfg(target_arch = "wasm32")]
pub(crate) use server::*;

#[cfg(target_arch = "wasm32")]
mod server {
    use crate::host::Space;

    mod functions {
        #[link(wasm_import_module = "wws_v1")]
        unsafe extern "C" {
            pub fn kv_select(name: *const u8, length: usize) -> i32;
            pub fn kv_get(key: *const u8, length: usize) -> i32;
            pub fn kv_get_many(keys: *const u8, length: usize) -> i32;
            pub fn kv_list(
                prefix: *const u8,
                prefix_length: usize,
                after: *const u8,
                after_length: usize,
                limit: u32,
                content: u32,
            ) -> i32;
            pub fn kv_put(
                key: *const u8,
                length: usize,
                value: *const u8,
                value_length: usize,
                time_to_live: i64,
                condition: u32,
            ) -> i32;
            pub fn kv_put_with_metadata(
                key: *const u8,
                length: usize,
                value: *const u8,
                value_length: usize,
                metadata: *const u8,
                metadata_length: usize,
                time_to_live: i64,
                condition: u32,
            ) -> i32;
            pub fn kv_delete(key: *const u8, length: usize) -> i32;
            pub fn kv_increment(key: *const u8, length: usize, by: i64, time_to_live: i64) -> i32;
            pub fn kv_compare_and_swap(
                key: *const u8,
                length: usize,
                version: u64,
                value: *const u8,
                value_length: usize,
                time_to_live: i64,
            ) -> i32;
            pub fn kv_transaction(changes: *const u8, length: usize) -> i32;
            pub fn kv_result(operation: u32, buffer: *mut u8, capacity: usize) -> i32;
            pub fn kv_result_with_metadata(operation: u32, buffer: *mut u8, capacity: usize) -> i32;
            pub fn cancel(operation: u32) -> i32;
        }
    }

    // SAFETY of the calls below: the server reads or writes the given bytes during the call, and keeps no address.

    pub(crate) fn select(name: &[u8]) -> i32 {
        unsafe { functions::kv_select(name.as_ptr(), name.len()) }
    }

    pub(crate) fn get(key: &[u8]) -> i32 {
        unsafe { functions::kv_get(key.as_ptr(), key.len()) }
    }

    pub(crate) fn get_many(keys: &[u8]) -> i32 {
        unsafe { functions::kv_get_many(keys.as_ptr(), keys.len()) }
    }

    pub(crate) fn list(prefix: &[u8], after: &[u8], limit: u32, content: u32) -> i32 {
        unsafe { functions::kv_list(prefix.as_ptr(), prefix.len(), after.as_ptr(), after.len(), limit, content) }
    }

    pub(crate) fn put(key: &[u8], value: &[u8], time_to_live: i64, condition: u32) -> i32 {
        unsafe { functions::kv_put(key.as_ptr(), key.len(), value.as_ptr(), value.len(), time_to_live, condition) }
    }

    pub(crate) fn put_with_metadata(
        key: &[u8],
        value: &[u8],
        metadata: &[u8],
        time_to_live: i64,
        condition: u32,
    ) -> i32 {
        let (start, length) = (metadata.as_ptr(), metadata.len());
        let (value, value_length) = (value.as_ptr(), value.len());
        unsafe {
            functions::kv_put_with_metadata(
                key.as_ptr(),
                key.len(),
                value,
                value_length,
                start,
                length,
                time_to_live,
                condition,
            )
        }
    }

    pub(crate) fn delete(key: &[u8]) -> i32 {
        unsafe { functions::kv_delete(key.as_ptr(), key.len()) }
    }

    pub(crate) fn increment(key: &[u8], by: i64, time_to_live: i64) -> i32 {
        unsafe { functions::kv_increment(key.as_ptr(), key.len(), by, time_to_live) }
    }

    pub(crate) fn compare_and_swap(key: &[u8], version: u64, value: &[u8], time_to_live: i64) -> i32 {
        let (start, length) = (value.as_ptr(), value.len());
        unsafe { functions::kv_compare_and_swap(key.as_ptr(), key.len(), version, start, length, time_to_live) }
    }

    pub(crate) fn transaction(changes: &[u8]) -> i32 {
        unsafe { functions::kv_transaction(changes.as_ptr(), changes.len()) }
    }

    pub(crate) fn result(operation: u32, buffer: Space) -> i32 {
        unsafe { functions::kv_result(operation, buffer.as_mut_ptr().cast(), buffer.len()) }
    }

    pub(crate) fn result_with_metadata(operation: u32, buffer: Space) -> i32 {
        unsafe { functions::kv_result_with_metadata(operation, buffer.as_mut_ptr().cast(), buffer.len()) }
    }

    pub(crate) fn cancel(operation: u32) {
        unsafe { functions::cancel(operation) };
    }
}

/// One namespace for each thread, whatever binding is selected. Nothing ends by its time to live.
#[cfg(not(target_arch = "wasm32"))]
mod memory {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};
    use std::ops::Bound;
    use std::time::{SystemTime, UNIX_EPOCH};

    use crate::host::{ABSENT, AGAIN, INVALID, Space, fill};
    use crate::kv::{CONFLICT, KEY_SIZE, NOT_A_NUMBER, OVERFLOW, TOO_MUCH, VALUE_SIZE};

    /// The number of the first operation.
    pub(crate) const FIRST: u32 = 1 << 20;

    #[derive(Default)]
    struct Record {
        value: Vec<u8>,
        metadata: Vec<u8>,
        /// Milliseconds since 1970; 0: never.
        expires: i64,
        version: u64,
        time_to_live: i64,
    }

    struct Memory {
        records: BTreeMap<Vec<u8>, Record>,
        version: u64,
        /// What operations came to, without metadata and with them.
        results: BTreeMap<u32, [Result<Vec<u8>, i32>; 2]>,
        last: u32,
        /// Of the next operations, for tests: the worker has no namespace, results are to be waited for.
        is_absent: bool,
        is_slow: bool,
        unready: BTreeSet<u32>,
    }

    thread_local! {
        static MEMORY: RefCell<Memory> = const { RefCell::new(Memory {
            records: BTreeMap::new(),
            version: 0,
            results: BTreeMap::new(),
            last: FIRST,
            is_absent: false,
            is_slow: false,
            unready: BTreeSet::new(),
        }) };
    }

    fn begin(operation: impl FnOnce(&mut Memory) -> Result<Vec<u8>, i32>) -> i32 {
        begin_with(|memory| {
            let result = operation(memory);
            [result.clone(), result]
        })
    }

    /// Of an operation whose result may have metadata.
    fn begin_read(operation: impl Fn(&Memory, bool) -> Result<Vec<u8>, i32>) -> i32 {
        begin_with(|memory| [operation(memory, false), operation(memory, true)])
    }

    fn begin_with(operation: impl FnOnce(&mut Memory) -> [Result<Vec<u8>, i32>; 2]) -> i32 {
        MEMORY.with_borrow_mut(|memory| {
            if memory.is_absent {
                return ABSENT;
            }
            let results = operation(memory);
            memory.last += 1;
            let number = memory.last;
            memory.results.insert(number, results);
            if memory.is_slow {
                memory.unready.insert(number);
            }
            i32::try_from(number).unwrap_or(i32::MAX)
        })
    }

    fn check_key(key: &[u8]) -> Result<(), i32> {
        if (1..=512).contains(&key.len()) { Ok(()) } else { Err(KEY_SIZE) }
    }

    /// When it ends, and how long its metadata are.
    fn push_about(bytes: &mut Vec<u8>, record: &Record) {
        bytes.extend(record.expires.to_le_bytes());
        push_length(bytes, &record.metadata);
    }

    fn push_length(bytes: &mut Vec<u8>, part: &[u8]) {
        bytes.extend(u32::try_from(part.len()).expect("parts are small").to_le_bytes());
    }

    /// Takes a number off the front.
    fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], i32> {
        let (number, rest) = bytes.split_first_chunk().ok_or(INVALID)?;
        *bytes = rest;
        Ok(*number)
    }

    fn take_u32(bytes: &mut &[u8]) -> Result<usize, i32> {
        take(bytes).map(|number| u32::from_le_bytes(number) as usize)
    }

    fn take_bytes<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], i32> {
        let (taken, rest) = bytes.split_at_checked(length).ok_or(INVALID)?;
        *bytes = rest;
        Ok(taken)
    }

    impl Memory {
        fn version_of(&self, key: &[u8]) -> u64 {
            self.records.get(key).map_or(0, |record| record.version)
        }

        fn set(&mut self, key: &[u8], value: &[u8], metadata: &[u8], time_to_live: i64) -> Result<(), i32> {
            check_key(key)?;
            if value.len() > 1 << 20 || metadata.len() > 1024 {
                return Err(VALUE_SIZE);
            }
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            let now = i64::try_from(now).unwrap_or(i64::MAX);
            let expires = if time_to_live == 0 { 0 } else { now.saturating_add(time_to_live) };
            let (value, metadata) = (value.to_vec(), metadata.to_vec());
            let record = Record { value, metadata, expires, version: self.version, time_to_live };
            self.records.insert(key.to_vec(), record);
            Ok(())
        }

        /// A write of one key.
        fn write(&mut self, key: &[u8], value: &[u8], metadata: &[u8], time_to_live: i64) -> Result<Vec<u8>, i32> {
            self.version += 1;
            self.set(key, value, metadata, time_to_live)?;
            Ok(self.version.to_le_bytes().to_vec())
        }

        fn list(
            &self,
            prefix: &[u8],
            after: &[u8],
            limit: usize,
            content: u32,
            with_metadata: bool,
        ) -> Result<Vec<u8>, i32> {
            if limit == 0 || limit > 1000 {
                return Err(TOO_MUCH);
            }
            let from = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
            let from = if prefix.is_empty() && after.is_empty() { Bound::Unbounded } else { from };
            let mut found: Vec<_> = self
                .records
                .range::<[u8], _>((from, Bound::Unbounded))
                .filter(|(key, _)| key.starts_with(prefix))
                .take(limit + 1)
                .collect();
            let has_more = found.len() > limit;
            found.truncate(limit);
            let next: &[u8] = found.last().filter(|_| has_more).map_or(b"", |(key, _)| key);
            let mut bytes = Vec::new();
            push_length(&mut bytes, next);
            bytes.extend(next);
            for (key, record) in found {
                let value: &[u8] = if content == 1 { &record.value } else { b"" };
                push_length(&mut bytes, key);
                if with_metadata {
                    let nothing = Record::default();
                    let about = if content == 0 { &nothing } else { record };
                    bytes.extend(record.version.to_le_bytes());
                    push_about(&mut bytes, about);
                    push_length(&mut bytes, value);
                    bytes.extend(key);
                    bytes.extend(&about.metadata);
                } else {
                    push_length(&mut bytes, value);
                    bytes.extend(record.version.to_le_bytes());
                    bytes.extend(key);
                }
                bytes.extend(value);
            }
            Ok(bytes)
        }

        /// Looks whether the checks hold, or makes the changes.
        fn change(&mut self, mut changes: &[u8], makes: bool) -> Result<(), i32> {
            while !changes.is_empty() {
                let kind = take_u32(&mut changes)?;
                if kind == 4 {
                    let version = u64::from_le_bytes(take(&mut changes)?);
                    if !makes && self.version > version {
                        return Err(CONFLICT);
                    }
                    continue;
                }
                let length = take_u32(&mut changes)?;
                match kind {
                    1 => {
                        let version = u64::from_le_bytes(take(&mut changes)?);
                        let key = take_bytes(&mut changes, length)?;
                        if !makes && self.version_of(key) != version {
                            return Err(CONFLICT);
                        }
                    }
                    2 | 5 => {
                        let value_length = take_u32(&mut changes)?;
                        let metadata_length = if kind == 5 { take_u32(&mut changes)? } else { 0 };
                        let time_to_live = i64::from_le_bytes(take(&mut changes)?);
                        let key = take_bytes(&mut changes, length)?;
                        let value = take_bytes(&mut changes, value_length)?;
                        let metadata = take_bytes(&mut changes, metadata_length)?;
                        if makes {
                            self.set(key, value, metadata, time_to_live)?;
                        }
                    }
                    3 => {
                        let key = take_bytes(&mut changes, length)?;
                        if makes {
                            self.records.remove(key);
                        }
                    }
                    _ => return Err(INVALID),
                }
            }
            Ok(())
        }
    }

    /// `none` is a name of no binding.
    pub(crate) fn select(name: &[u8]) -> i32 {
        MEMORY.with_borrow(|memory| if memory.is_absent || name == b"none" { ABSENT } else { 0 })
    }

    pub(crate) fn get(key: &[u8]) -> i32 {
        begin_read(|memory, with_metadata| {
            check_key(key)?;
            let record = memory.records.get(key).ok_or(ABSENT)?;
            let mut bytes = record.version.to_le_bytes().to_vec();
            if with_metadata {
                push_about(&mut bytes, record);
                bytes.extend(&record.metadata);
            }
            bytes.extend(&record.value);
            Ok(bytes)
        })
    }

    pub(crate) fn get_many(keys: &[u8]) -> i32 {
        begin_read(|memory, with_metadata| {
            let mut keys = keys;
            let mut bytes = Vec::new();
            let nothing = Record::default();
            while !keys.is_empty() {
                let length = take_u32(&mut keys)?;
                let key = take_bytes(&mut keys, length)?;
                check_key(key)?;
                let record = memory.records.get(key).unwrap_or(&nothing);
                bytes.extend(record.version.to_le_bytes());
                if with_metadata {
                    push_about(&mut bytes, record);
                }
                push_length(&mut bytes, &record.value);
                if with_metadata {
                    bytes.extend(&record.metadata);
                }
                bytes.extend(&record.value);
            }
            Ok(bytes)
        })
    }

    pub(crate) fn list(prefix: &[u8], after: &[u8], limit: u32, content: u32) -> i32 {
        begin_read(|memory, with_metadata| memory.list(prefix, after, limit as usize, content, with_metadata))
    }

    pub(crate) fn put(key: &[u8], value: &[u8], time_to_live: i64, condition: u32) -> i32 {
        put_with_metadata(key, value, b"", time_to_live, condition)
    }

    pub(crate) fn put_with_metadata(
        key: &[u8],
        value: &[u8],
        metadata: &[u8],
        time_to_live: i64,
        condition: u32,
    ) -> i32 {
        begin(|memory| {
            let is_there = memory.records.contains_key(key);
            if condition == 1 && is_there || condition == 2 && !is_there {
                return Err(CONFLICT);
            }
            memory.write(key, value, metadata, time_to_live)
        })
    }

    pub(crate) fn delete(key: &[u8]) -> i32 {
        begin(|memory| {
            check_key(key)?;
            let is_there = memory.records.remove(key).is_some();
            memory.version += u64::from(is_there);
            let version = if is_there { memory.version } else { 0 };
            Ok(version.to_le_bytes().to_vec())
        })
    }

    pub(crate) fn increment(key: &[u8], by: i64, time_to_live: i64) -> i32 {
        begin(|memory| {
            let (number, metadata, time_to_live) = match memory.records.get(key) {
                Some(record) => (
                    std::str::from_utf8(&record.value).ok().and_then(|text| text.parse().ok()).ok_or(NOT_A_NUMBER)?,
                    record.metadata.clone(),
                    record.time_to_live,
                ),
                None => (0_i64, Vec::new(), time_to_live),
            };
            let sum = number.checked_add(by).ok_or(OVERFLOW)?;
            let version = memory.write(key, sum.to_string().as_bytes(), &metadata, time_to_live)?;
            Ok([&sum.to_le_bytes(), version.as_slice()].concat())
        })
    }

    pub(crate) fn compare_and_swap(key: &[u8], version: u64, value: &[u8], time_to_live: i64) -> i32 {
        begin(|memory| {
            check_key(key)?;
            if memory.version_of(key) != version {
                return Err(CONFLICT);
            }
            memory.write(key, value, b"", time_to_live)
        })
    }

    pub(crate) fn transaction(changes: &[u8]) -> i32 {
        begin(|memory| {
            memory.change(changes, false)?;
            memory.version += 1;
            memory.change(changes, true)?;
            Ok(memory.version.to_le_bytes().to_vec())
        })
    }

    pub(crate) fn result(operation: u32, buffer: Space) -> i32 {
        give(operation, buffer, 0)
    }

    pub(crate) fn result_with_metadata(operation: u32, buffer: Space) -> i32 {
        give(operation, buffer, 1)
    }

    fn give(operation: u32, buffer: Space, detail: usize) -> i32 {
        MEMORY.with_borrow_mut(|memory| {
            if memory.unready.contains(&operation) {
                return AGAIN;
            }
            let Some(results) = memory.results.get(&operation) else { return INVALID };
            let (code, is_whole) = match &results[detail] {
                Ok(bytes) => (fill(buffer, bytes), bytes.len() <= buffer.len()),
                Err(code) => (*code, true),
            };
            if is_whole {
                memory.results.remove(&operation);
            }
            code
        })
    }

    pub(crate) fn cancel(operation: u32) {
        MEMORY.with_borrow_mut(|memory| {
            memory.unready.remove(&operation);
            memory.results.remove(&operation);
        });
    }

    #[cfg(test)]
    pub(crate) mod test {
        use super::MEMORY;

        /// The worker has a namespace, or not.
        pub(crate) fn set_absent(is_absent: bool) {
            MEMORY.with_borrow_mut(|memory| memory.is_absent = is_absent);
        }

        /// Results have to be waited for.
        pub(crate) fn set_slow() {
            MEMORY.with_borrow_mut(|memory| memory.is_slow = true);
        }

        /// An operation was waited for.
        pub(crate) fn make_ready(operation: u32) {
            MEMORY.with_borrow_mut(|memory| memory.unready.remove(&operation));
        }

        /// Operations that are pending.
        pub(crate) fn pending() -> usize {
            MEMORY.with_borrow(|memory| memory.results.len())
        }

        pub(crate) fn time_to_live(key: &str) -> i64 {
            MEMORY.with_borrow(|memory| memory.records[key.as_bytes()].time_to_live)
        }
    }
}
