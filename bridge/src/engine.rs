//! The engine: configuration, linked host functions, the epoch tick and the woken tasks.

use std::ffi::{c_char, c_void};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use wasmtime::{Linker, PoolingAllocationConfig};

use crate::config::{self, Settings};
use crate::error::{Error, drop_caught, guard};
use crate::host::{self, Function, Hooks, StoreData};

/// `wwsb_engine`.
pub struct Engine {
    pub inner: wasmtime::Engine,
    pub linker: Linker<StoreData>,
    pub hooks: Hooks,
    pub woken: Arc<WokenTasks>,
}

/// Ids of tasks that a waker made runnable. A waker may fire on any thread, so it only notes the id
/// here and writes the eventfd that the loop watches.
pub struct WokenTasks {
    ids: Mutex<Vec<u64>>,
    wake_fd: i32,
}

impl WokenTasks {
    pub fn push(&self, id: u64) {
        let mut ids = self.ids.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        ids.push(id);
        // Written under the lock and only for the first id: the loop takes all of them at once.
        if ids.len() == 1 && self.wake_fd >= 0 {
            let one: u64 = 1;
            // SAFETY: eight bytes of a local; a full counter still leaves the descriptor readable.
            unsafe { write(self.wake_fd, (&raw const one).cast(), 8) };
        }
    }

    fn take(&self, out: &mut [u64]) -> usize {
        let mut ids = self.ids.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let count = ids.len().min(out.len());
        for (place, id) in out.iter_mut().zip(ids.drain(..count)) {
            *place = id;
        }
        count
    }
}

unsafe extern "C" {
    fn write(fd: i32, data: *const c_void, size: usize) -> isize;
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_scan_available() -> i32 {
    i32::from(PoolingAllocationConfig::is_pagemap_scan_available())
}

/// # Safety
/// `functions` points to `count` descriptions; all texts are NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_engine_new(
    settings: &Settings,
    functions: *const Function,
    count: usize,
    hooks: &Hooks,
    engine: &mut *mut Engine,
) -> *mut Error {
    guard(|| {
        let inner = wasmtime::Engine::new(&config::make(settings)?)?;
        let mut linker = Linker::new(&inner);
        if count > 0 {
            // SAFETY: as this function demands.
            for function in unsafe { std::slice::from_raw_parts(functions, count) } {
                // SAFETY: the same.
                unsafe { host::define(&mut linker, &inner, function)? };
            }
        }
        *engine = Box::into_raw(Box::new(Engine {
            inner,
            linker,
            hooks: *hooks,
            woken: Arc::new(WokenTasks { ids: Mutex::default(), wake_fd: settings.wake_fd }),
        }));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_engine_delete(engine: *mut Engine) {
    drop_caught(engine);
}

/// One atomic addition: safe in a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn wwsb_engine_tick(engine: &Engine) {
    engine.inner.increment_epoch();
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_engine_fingerprint(engine: &Engine) -> u64 {
    // DefaultHasher::new() has fixed keys: the same number in every process of one build.
    let mut hasher = DefaultHasher::new();
    engine.inner.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    hasher.finish()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_wasmtime_version() -> *const c_char {
    c"48.0.8".as_ptr()
}

/// # Safety
/// `ids` has room for `capacity` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_engine_take_woken(
    engine: &Engine,
    ids: *mut u64,
    capacity: usize,
) -> usize {
    // SAFETY: as this function demands.
    engine.woken.take(unsafe { std::slice::from_raw_parts_mut(ids, capacity) })
}

/// How often a reset asked the kernel which pages a guest wrote.
#[unsafe(no_mangle)]
pub extern "C" fn wwsb_test_page_scans() -> u64 {
    PoolingAllocationConfig::page_scans_for_test()
}

/// # Safety
/// The range is private anonymous memory of whole pages.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_test_reset_memory(
    data: *mut u8,
    size: usize,
    keep_resident: usize,
) -> i64 {
    // SAFETY: as this function demands.
    unsafe { PoolingAllocationConfig::reset_with_pagemap_for_test(data, size, keep_resident) }
        .map_or(-1, |kept| kept as i64)
}
