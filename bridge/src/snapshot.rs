//! Snapshots: a module whose memory already holds the state that its initialisation left.

use std::collections::HashMap;
use std::ffi::c_void;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmparser::{ConstExpr, DataKind, Operator, Parser, Payload, ValType};
use wasmtime::{Extern, ExternType, Instance, Result, Store, Val, bail};
use wasmtime_wizer::{InstanceState, SnapshotVal, Wizer};

use crate::engine::Engine;
use crate::error::{Bytes, Error, guard};
use crate::host::StoreData;
use crate::task::{self, Text};

/// Wasmtime maps the first image of a memory copy-on-write if it is smaller than this, or at least half of it is
/// data; else each instance copies all of it.
const LARGEST_SPARSE_IMAGE: u64 = 16 << 20;

/// # Safety
/// `wasm` points to `size` bytes, `calls` to `count` texts; `host` is valid during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_snapshot(
    engine: &Engine,
    wasm: *const u8,
    size: usize,
    calls: *const Text,
    count: usize,
    host: *mut c_void,
    stack_bytes: u64,
    outcome: &mut i32,
    snapshot: &mut *mut Bytes,
) -> *mut Error {
    *outcome = task::FAILED;
    guard(|| {
        // SAFETY: as this function demands.
        let wasm = unsafe { std::slice::from_raw_parts(wasm, size) };
        // SAFETY: the same.
        let calls = unsafe { std::slice::from_raw_parts(calls, count) };
        let mut wizer = Wizer::new();
        wizer.init_func("wws_init"); // it has run: its export goes, as that of _initialize does
        let (context, instrumented) = wizer.instrument(wasm)?;
        let module = wasmtime::Module::new(&engine.inner, &instrumented)?;
        let calls = task::find(&module, calls)?;
        let memory_export = match module.get_export("memory") {
            Some(ExternType::Memory(_)) => module.get_export_index("memory"),
            _ => None,
        };
        let data = StoreData { host, hooks: engine.hooks, memory_export, memory: None };
        let mut store = task::new_store(&engine.inner, usize::try_from(stack_bytes)?, data);
        let instance_pre = engine.linker.instantiate_pre(&module)?;
        let mut started = false;
        let run = task::run(&instance_pre, &calls, task::Entry::None, &mut store, &mut started);
        let instance = match now_or_never(run) {
            Some(Ok(instance)) => instance,
            Some(Err(error)) => {
                let ended = task::outcome(Err(error), started);
                *outcome = ended.kind;
                bail!("{}", ended.message);
            }
            None => bail!("it waits while it is initialised"),
        };
        let mut state = State::of(&instance, &mut store)?;
        let Some(bytes) = now_or_never(wizer.snapshot(&context, &mut state)) else {
            bail!("the snapshot waits");
        };
        let bytes = bytes?;
        let bytes = without_dead_segments(&bytes)?.unwrap_or(bytes);
        check_image(&bytes)?;
        *snapshot = Box::into_raw(Box::new(Bytes(bytes)));
        Ok(())
    })
}

fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// What the instance holds after its calls, under the names that Wizer gave.
struct State<'a> {
    globals: HashMap<String, SnapshotVal>,
    memories: HashMap<String, &'a [u8]>,
}

impl<'a> State<'a> {
    fn of(instance: &Instance, store: &'a mut Store<StoreData>) -> Result<State<'a>> {
        let exports: Vec<(String, Extern)> = instance
            .exports(&mut *store)
            .map(|export| (export.name().to_owned(), export.into_extern()))
            .collect();
        let mut globals = HashMap::new();
        for (name, export) in &exports {
            let Some(global) = export.clone().into_global() else { continue };
            let value = match global.get(&mut *store) {
                Val::I32(value) => SnapshotVal::I32(value),
                Val::I64(value) => SnapshotVal::I64(value),
                Val::F32(value) => SnapshotVal::F32(value),
                Val::F64(value) => SnapshotVal::F64(value),
                Val::V128(value) => SnapshotVal::V128(value.as_u128()),
                _ => continue, // of the guest's own exports; Wizer refused mutable references before
            };
            globals.insert(name.clone(), value);
        }
        let store: &'a Store<StoreData> = store;
        let memories = exports
            .into_iter()
            .filter_map(|(name, export)| Some((name, export.into_memory()?.data(store))))
            .collect();
        Ok(State { globals, memories })
    }
}

impl InstanceState for State<'_> {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        self.globals.remove(name).expect("Wizer asks for its own exports, once")
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        contents(self.memories[name]);
    }
}

/// Wizer leaves an empty segment for each that the module had, since code may name them by their numbers. A module
/// without a count of its segments has no such code: and each segment costs time in every instance. None: they stay.
fn without_dead_segments(wasm: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut smaller = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Payload::DataCountSection { .. } = payload {
            return Ok(None);
        }
        if let Payload::DataSection(section) = payload {
            let mut segments = wasm_encoder::DataSection::new();
            for segment in section {
                let segment = segment?;
                let DataKind::Active { memory_index, offset_expr } = segment.kind else { continue };
                let offset = match offset_expr.get_operators_reader().read()? {
                    Operator::I32Const { value } => wasm_encoder::ConstExpr::i32_const(value),
                    _ => return Ok(None),
                };
                segments.active(memory_index, &offset, segment.data.iter().copied());
            }
            smaller.section(&segments);
        } else if let Some((id, range)) = payload.as_section() {
            smaller.section(&wasm_encoder::RawSection { id, data: &wasm[range] });
        }
    }
    Ok(Some(smaller.finish()))
}

/// Refuses a snapshot that each instance would have to copy whole.
fn check_image(wasm: &[u8]) -> Result<()> {
    let (mut first, mut last, mut size) = (u64::MAX, 0, 0);
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::DataSection(section) = payload? else { continue };
        for segment in section {
            let segment = segment?;
            let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
            let length = segment.data.len() as u64;
            let start = constant(&offset_expr)?;
            if length > 0 {
                first = first.min(start);
                last = last.max(start + length);
                size += length;
            }
        }
    }
    let image = last.saturating_sub(first);
    if image >= LARGEST_SPARSE_IMAGE && image >= 2 * size {
        bail!("its memory after initialisation is large and mostly empty");
    }
    Ok(())
}

fn constant(expression: &ConstExpr) -> Result<u64> {
    match expression.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(u64::from(value.cast_unsigned())),
        Operator::I64Const { value } => Ok(value.cast_unsigned()),
        _ => bail!("a data segment begins where nobody knows"),
    }
}
