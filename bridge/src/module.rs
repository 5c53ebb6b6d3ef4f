//! Compiled modules: made in a compile child, mapped and linked in a serving process.

use std::fs::File;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::Arc;

use wasmtime::{ExternType, InstancePre, ModuleExport, Result};

use crate::engine::{Engine, WokenTasks};
use crate::error::{Bytes, Error, drop_caught, guard};
use crate::host::{Hooks, StoreData};

/// `wwsb_module`.
pub struct Module {
    pub instance_pre: InstancePre<StoreData>,
    pub memory: Option<ModuleExport>,
    pub hooks: Hooks,
    pub woken: Arc<WokenTasks>,
}

/// # Safety
/// `wasm` points to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_compile(
    engine: &Engine,
    wasm: *const u8,
    size: usize,
    code: &mut *mut Bytes,
) -> *mut Error {
    guard(|| {
        // SAFETY: as this function demands.
        let wasm = unsafe { std::slice::from_raw_parts(wasm, size) };
        let bytes = engine.inner.precompile_module(wasm)?;
        *code = Box::into_raw(Box::new(Bytes(bytes)));
        Ok(())
    })
}

/// # Safety
/// `fd` is open, belongs to this function from now on, and holds what `wwsb_compile` made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_module_map(
    engine: &Engine,
    fd: i32,
    module: &mut *mut Module,
) -> *mut Error {
    // SAFETY: as this function demands.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    guard(|| {
        // SAFETY: the same.
        let compiled = unsafe { wasmtime::Module::deserialize_open_file(&engine.inner, file)? };
        *module = Box::into_raw(Box::new(link(engine, &compiled)?));
        Ok(())
    })
}

/// With the host functions of the engine.
pub fn link(engine: &Engine, compiled: &wasmtime::Module) -> Result<Module> {
    let memory = match compiled.get_export("memory") {
        Some(ExternType::Memory(_)) => compiled.get_export_index("memory"),
        _ => None,
    };
    Ok(Module {
        instance_pre: engine.linker.instantiate_pre(compiled)?,
        memory,
        hooks: engine.hooks,
        woken: engine.woken.clone(),
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_module_delete(module: *mut Module) {
    drop_caught(module);
}

/// # Safety
/// `name` points to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_module_exports_function(
    module: &Module,
    name: *const u8,
    size: usize,
) -> i32 {
    // SAFETY: as this function demands.
    let name = unsafe { std::slice::from_raw_parts(name, size) };
    let found = std::str::from_utf8(name)
        .ok()
        .and_then(|name| module.instance_pre.module().get_export(name))
        .is_some_and(|found| found.func().is_some());
    i32::from(found)
}
