//! What a guest can call, and what its store holds.

use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::task::Poll;

use wasmtime::{
    Caller, Config, FuncType, Linker, Memory, ModuleExport, ResourceLimiter, Result, Store, Val,
    ValRaw, ValType, WasmBacktrace,
};

/// `wwsb_memory`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GuestMemory {
    data: *mut u8,
    size: usize,
}

/// `wwsb_host_call`.
type HostCall =
    unsafe extern "C" fn(host: *mut c_void, memory: GuestMemory, values: *mut ValRaw) -> i32;

const CALL_DONE: i32 = 0;
const CALL_PENDING: i32 = 1;
const CALL_GUEST: i32 = 3;

const GUEST_CALL_ARGUMENTS: usize = 4;

/// `wwsb_guest_call`.
#[repr(C)]
pub struct GuestCall {
    name: *const c_char,
    count: usize,
    arguments: [i32; GUEST_CALL_ARGUMENTS],
}

/// `wwsb_function`.
#[repr(C)]
pub struct Function {
    module: *const c_char,
    name: *const c_char,
    parameters: *const c_char,
    results: *const c_char,
    suspends: i32,
    call: HostCall,
}

/// `wwsb_hooks`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Hooks {
    pub on_epoch: unsafe extern "C" fn(host: *mut c_void) -> i32,
    pub on_memory_growth: unsafe extern "C" fn(host: *mut c_void, usize, usize) -> i32,
    pub on_table_growth: unsafe extern "C" fn(host: *mut c_void, usize, usize) -> i32,
    pub on_entry: unsafe extern "C" fn(host: *mut c_void),
    pub on_guest_call: unsafe extern "C" fn(host: *mut c_void) -> GuestCall,
    pub on_guest_result: unsafe extern "C" fn(host: *mut c_void, i32, i32),
}

/// Ends a guest when the host asked for it. The host keeps the reason.
#[derive(Debug)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("stopped by the host")
    }
}

impl std::error::Error for Stopped {}

thread_local! {
    /// A store that never runs anything, of an engine that keeps no backtraces.
    static IDLE: Option<Store<()>> = {
        let mut config = Config::new();
        config.wasm_backtrace_max_frames(None);
        wasmtime::Engine::new(&config).ok().map(|engine| Store::new(&engine, ()))
    };
}

/// The error of a host call that ends its guest. Every Go and Zig program ends with proc_exit: an empty
/// backtrace is given along, since Wasmtime adds one to each error that has none, at a cost.
fn stopped() -> wasmtime::Error {
    let error = wasmtime::Error::from(Stopped);
    IDLE.with(|idle| match idle {
        Some(store) => error.context(WasmBacktrace::capture(store)),
        None => error,
    })
}

/// The data of every store.
pub struct StoreData {
    pub host: *mut c_void,
    pub hooks: Hooks,
    /// Where the module exports "memory", and the memory itself once a host function asked for it.
    pub memory_export: Option<ModuleExport>,
    pub memory: Option<Memory>,
}

// SAFETY: a task and all of its callbacks stay on one thread (the header's rule); Wasmtime's own
// signatures ask for Send and Sync because its users may move stores between threads.
unsafe impl Send for StoreData {}
// SAFETY: the same.
unsafe impl Sync for StoreData {}

impl ResourceLimiter for StoreData {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        // SAFETY: the hook and `host` are valid while the task lives.
        Ok(unsafe { (self.hooks.on_memory_growth)(self.host, current, desired) } != 0)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        // SAFETY: the same.
        Ok(unsafe { (self.hooks.on_table_growth)(self.host, current, desired) } != 0)
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }
}

fn memory_of(caller: &mut Caller<'_, StoreData>) -> GuestMemory {
    if caller.data().memory.is_none()
        && let Some(export) = caller.data().memory_export
    {
        let memory = caller.get_module_export(&export).and_then(|found| found.into_memory());
        caller.data_mut().memory = memory;
    }
    match caller.data().memory {
        Some(memory) => {
            GuestMemory { data: memory.data_ptr(&*caller), size: memory.data_size(&*caller) }
        }
        None => GuestMemory { data: std::ptr::null_mut(), size: 0 },
    }
}

/// Defines one function of C++ in the linker.
///
/// # Safety
/// The texts of `function` are NUL-terminated, and its callback keeps to the signature.
pub unsafe fn define(
    linker: &mut Linker<StoreData>,
    engine: &wasmtime::Engine,
    function: &Function,
) -> Result<()> {
    // SAFETY: as this function demands.
    let text = |pointer| unsafe { CStr::from_ptr(pointer) }.to_str();
    let (module, name) = (text(function.module)?, text(function.name)?);
    let parameters = types(text(function.parameters)?)?;
    let results = types(text(function.results)?)?;
    let signature = FuncType::new(engine, parameters, results.clone());
    let call = function.call;
    if function.suspends != 0 {
        define_suspending(linker, (module, name), signature, results.into(), call)
    } else {
        // SAFETY: the callback reads and writes values of the types it was registered with.
        unsafe { define_direct(linker, (module, name), signature, call) }
    }
}

/// A function that answers at once: raw values, no conversion, no allocation.
unsafe fn define_direct(
    linker: &mut Linker<StoreData>,
    (module, name): (&str, &str),
    signature: FuncType,
    call: HostCall,
) -> Result<()> {
    let body = move |mut caller: Caller<'_, StoreData>, values: &mut [MaybeUninit<ValRaw>]| {
        let memory = memory_of(&mut caller);
        // SAFETY: the callback and `host` are valid while the task lives; `values` has as many places
        // as the signature needs.
        match unsafe { call(caller.data().host, memory, values.as_mut_ptr().cast()) } {
            CALL_DONE => Ok(()),
            _ => Err(stopped()),
        }
    };
    // SAFETY: as the caller of this function promises.
    unsafe { linker.func_new_unchecked(module, name, signature, body)? };
    Ok(())
}

/// A function that may suspend the guest: its callback is asked again at every poll of the task.
fn define_suspending(
    linker: &mut Linker<StoreData>,
    (module, name): (&str, &str),
    signature: FuncType,
    result_types: Arc<[ValType]>,
    call: HostCall,
) -> Result<()> {
    linker.func_new_async(module, name, signature, move |mut caller, parameters, results| {
        let result_types = result_types.clone();
        Box::new(async move {
            let mut values = vec![ValRaw::i64(0); parameters.len().max(results.len())];
            let arguments: Vec<ValRaw> = parameters.iter().map(raw).collect::<Result<_>>()?;
            let mut pending = RawValues { values: &mut values, arguments: &arguments };
            let outcome = loop {
                let outcome = poll_fn(|_context| {
                    let memory = memory_of(&mut caller);
                    match pending.call(call, &caller, memory) {
                        CALL_PENDING => Poll::Pending,
                        outcome => Poll::Ready(outcome),
                    }
                })
                .await;
                if outcome != CALL_GUEST {
                    break outcome;
                }
                call_guest(&mut caller).await?;
            };
            if outcome != CALL_DONE {
                return Err(stopped());
            }
            for ((result, kind), value) in
                results.iter_mut().zip(result_types.iter()).zip(values.iter())
            {
                *result = cooked(kind, value)?;
            }
            Ok(())
        })
    })?;
    Ok(())
}

/// Calls the exported function that the host names, and gives the host its result. A trap there is the
/// guest's end.
async fn call_guest(caller: &mut Caller<'_, StoreData>) -> Result<()> {
    let (name, arguments) = {
        // SAFETY: the hook and `host` are valid while the task lives; so is the name for this call.
        let wanted = unsafe { (caller.data().hooks.on_guest_call)(caller.data().host) };
        // SAFETY: the same.
        let name = unsafe { CStr::from_ptr(wanted.name) }.to_str()?.to_owned();
        let count = wanted.count.min(GUEST_CALL_ARGUMENTS);
        (name, wanted.arguments[..count].iter().map(|value| Val::I32(*value)).collect::<Vec<_>>())
    };
    let function = caller.get_export(&name).and_then(|export| export.into_func()).filter(|function| {
        let kind = function.ty(&*caller);
        kind.params().len() == arguments.len()
            && kind.params().all(|parameter| parameter.is_i32())
            && kind.results().len() == 1
            && kind.results().all(|result| result.is_i32())
    });
    let mut results = [Val::I32(0)];
    if let Some(function) = function {
        function.call_async(&mut *caller, &arguments, &mut results).await?;
    }
    let data = caller.data();
    // SAFETY: as above.
    unsafe {
        (data.hooks.on_guest_result)(
            data.host,
            function.is_some().into(),
            results[0].i32().unwrap_or_default(),
        );
    }
    Ok(())
}

/// Arguments written anew before each call, since a call may overwrite them with results.
struct RawValues<'a> {
    values: &'a mut [ValRaw],
    arguments: &'a [ValRaw],
}

// SAFETY: ValRaw may hold a pointer, never here: host functions take and return numbers.
unsafe impl Send for RawValues<'_> {}

impl RawValues<'_> {
    fn call(&mut self, call: HostCall, caller: &Caller<'_, StoreData>, memory: GuestMemory) -> i32 {
        self.values[..self.arguments.len()].copy_from_slice(self.arguments);
        // SAFETY: the callback and `host` are valid while the task lives.
        unsafe { call(caller.data().host, memory, self.values.as_mut_ptr()) }
    }
}

fn types(letters: &str) -> Result<Vec<ValType>> {
    letters
        .chars()
        .map(|letter| match letter {
            'i' => Ok(ValType::I32),
            'I' => Ok(ValType::I64),
            'f' => Ok(ValType::F32),
            'F' => Ok(ValType::F64),
            _ => wasmtime::bail!("unknown type letter '{letter}' in a host function's signature"),
        })
        .collect()
}

fn raw(value: &Val) -> Result<ValRaw> {
    Ok(match value {
        Val::I32(value) => ValRaw::i32(*value),
        Val::I64(value) => ValRaw::i64(*value),
        Val::F32(bits) => ValRaw::f32(*bits),
        Val::F64(bits) => ValRaw::f64(*bits),
        _ => wasmtime::bail!("host functions take numbers only"),
    })
}

fn cooked(kind: &ValType, value: &ValRaw) -> Result<Val> {
    Ok(match kind {
        ValType::I32 => Val::I32(value.get_i32()),
        ValType::I64 => Val::I64(value.get_i64()),
        ValType::F32 => Val::F32(value.get_f32()),
        ValType::F64 => Val::F64(value.get_f64()),
        _ => wasmtime::bail!("host functions return numbers only"),
    })
}
