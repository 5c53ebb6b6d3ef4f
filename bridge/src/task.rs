//! A task: one call of a guest in a fresh instance, polled by the event loop of C++.

use std::ffi::c_void;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use wasmtime::{Instance, InstancePre, ModuleExport, Result, Store, Trap, UpdateDeadline, bail};

use crate::error::{Error, describe_trap, drop_caught, guard, panic_text};
use crate::host::{Stopped, StoreData};
use crate::module::Module;

const POLL_DONE: i32 = 0;
const POLL_YIELDED: i32 = 1;
const POLL_WAITING: i32 = 2;

const RETURNED: i32 = 0;
const STOPPED: i32 = 1;
const TRAPPED: i32 = 2;
pub const FAILED: i32 = 3;
const STACK_USED_UP: i32 = 4;

const EPOCH_CONTINUE: i32 = 0;
const EPOCH_YIELD: i32 = 1;

/// How a call ended: for `wwsb_task_outcome` and its kin.
#[derive(Default)]
pub struct Outcome {
    pub kind: i32,
    pub message: String,
    backtrace: String,
}

/// The future gives the store back, so that C++ decides when the instance's memory is reset: after the
/// answer is on its way.
type Call = Pin<Box<dyn Future<Output = (Store<StoreData>, Outcome)>>>;

/// `wwsb_task`.
pub struct Task {
    // In the order of dropping: the call (it unwinds the guest's stack), then what it left.
    call: Option<Call>,
    _store: Option<Store<StoreData>>,
    outcome: Outcome,
    waker: Waker,
    state: Arc<WakeState>,
}

/// Who may wake a task, and whether it was woken while it ran.
struct WakeState {
    state: AtomicU8,
    id: u64,
    woken: Arc<crate::engine::WokenTasks>,
}

const IDLE: u8 = 0;
const POLLING: u8 = 1;
const WOKEN: u8 = 2;

impl Wake for WakeState {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Woken during its own poll: the poll says "yielded". Woken already: nothing to add.
        if self.state.swap(WOKEN, Ordering::AcqRel) == IDLE {
            self.woken.push(self.id);
        }
    }
}

/// `wwsb_text`.
#[repr(C)]
pub struct Text {
    data: *const u8,
    size: usize,
}

/// `wwsb_calls`: what is called in turn.
pub type Calls = Arc<[ModuleExport]>;

/// # Safety
/// `names` points to `count` texts of UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_calls_new(
    module: &Module,
    names: *const Text,
    count: usize,
    calls: &mut *mut Calls,
) -> *mut Error {
    guard(|| {
        // SAFETY: as this function demands.
        let names = unsafe { std::slice::from_raw_parts(names, count) };
        *calls = Box::into_raw(Box::new(find(module.instance_pre.module(), names)?));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_calls_delete(calls: *mut Calls) {
    drop_caught(calls);
}

/// Looks the names up, which are of UTF-8, and sees that the functions can be called.
pub fn find(module: &wasmtime::Module, names: &[Text]) -> Result<Calls> {
    let find_one = |text: &Text| {
        // SAFETY: as wwsb_calls_new demands.
        let name = std::str::from_utf8(unsafe { std::slice::from_raw_parts(text.data, text.size) })?;
        let kind = module.get_export(name).and_then(|export| export.func().cloned());
        match (kind, module.get_export_index(name)) {
            (Some(kind), Some(export)) if kind.params().len() == 0 && kind.results().len() == 0 => Ok(export),
            (Some(_), _) => bail!("its export \"{name}\" has parameters or results, and is called without"),
            _ => bail!("exports no function \"{name}\""),
        }
    };
    names.iter().map(find_one).collect()
}

/// # Safety
/// `calls` is of `module`; `host` outlives the task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_task_new(
    module: &Module,
    calls: &Calls,
    host: *mut c_void,
    stack_bytes: u64,
    id: u64,
    task: &mut *mut Task,
) -> *mut Error {
    guard(|| {
        let calls = calls.clone();
        let stack_bytes = usize::try_from(stack_bytes)?;
        let data =
            StoreData { host, hooks: module.hooks, memory_export: module.memory, memory: None };
        let state = Arc::new(WakeState {
            state: AtomicU8::new(IDLE),
            id,
            woken: module.woken.clone(),
        });
        *task = Box::into_raw(Box::new(Task {
            call: Some(Box::pin(call(module.instance_pre.clone(), calls, stack_bytes, data))),
            _store: None,
            outcome: Outcome { kind: FAILED, ..Outcome::default() },
            waker: Waker::from(state.clone()),
            state,
        }));
        Ok(())
    })
}

async fn call(
    instance_pre: InstancePre<StoreData>,
    calls: Calls,
    stack_bytes: usize,
    data: StoreData,
) -> (Store<StoreData>, Outcome) {
    let mut store = new_store(instance_pre.module().engine(), stack_bytes, data);
    let mut started = false;
    let result = run(&instance_pre, &calls, Entry::Last, &mut store, &mut started).await;
    (store, outcome(result.map(drop), started))
}

pub fn new_store(engine: &wasmtime::Engine, stack_bytes: usize, data: StoreData) -> Store<StoreData> {
    let mut store = Store::new(engine, data);
    store.limiter(|data| data);
    store.set_max_wasm_stack(stack_bytes);
    // Before instantiating, so that a start function is interrupted too.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|context| {
        let data = context.data();
        // SAFETY: the hook and `host` are valid while the task lives.
        match unsafe { (data.hooks.on_epoch)(data.host) } {
            EPOCH_CONTINUE => Ok(UpdateDeadline::Continue(1)),
            EPOCH_YIELD => Ok(UpdateDeadline::Yield(1)),
            _ => Err(Stopped.into()),
        }
    });
    store
}

/// Which of the calls the host is told of.
#[derive(PartialEq)]
pub enum Entry {
    Last,
    None,
}

pub async fn run(
    instance_pre: &InstancePre<StoreData>,
    calls: &Calls,
    entry: Entry,
    store: &mut Store<StoreData>,
    started: &mut bool,
) -> Result<Instance> {
    let instance = instance_pre.instantiate_async(&mut *store).await?;
    for (index, call) in calls.iter().enumerate() {
        let Some(function) =
            instance.get_module_export(&mut *store, call).and_then(|export| export.into_func())
        else {
            bail!("the entry is not a function");
        };
        let function = function.typed::<(), ()>(&*store)?;
        *started = true;
        if entry == Entry::Last && index + 1 == calls.len() {
            let data = store.data();
            // SAFETY: the hook and `host` are valid while the task lives.
            unsafe { (data.hooks.on_entry)(data.host) };
        }
        function.call_async(&mut *store, ()).await?;
    }
    Ok(instance)
}

pub fn outcome(result: Result<()>, started: bool) -> Outcome {
    match result {
        Ok(()) => Outcome { kind: RETURNED, ..Outcome::default() },
        Err(error) if error.is::<Stopped>() => {
            // Ended at an epoch check: where it was tells which loop took the time.
            Outcome { kind: STOPPED, message: String::new(), backtrace: describe_trap(&error).0 }
        }
        Err(error) => {
            let kind = match error.downcast_ref::<Trap>() {
                Some(Trap::StackOverflow) => STACK_USED_UP,
                Some(_) => TRAPPED,
                None if started => TRAPPED,
                None => FAILED,
            };
            let (backtrace, message) = describe_trap(&error);
            Outcome { kind, message, backtrace }
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_task_poll(task: &mut Task) -> i32 {
    let Some(call) = task.call.as_mut() else {
        return POLL_DONE;
    };
    task.state.state.store(POLLING, Ordering::Release);
    let mut context = Context::from_waker(&task.waker);
    match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut context))) {
        Ok(Poll::Ready((store, outcome))) => {
            task._store = Some(store);
            task.outcome = outcome;
            task.call = None;
            POLL_DONE
        }
        Ok(Poll::Pending) => {
            let parked = task.state.state.compare_exchange(
                POLLING,
                IDLE,
                Ordering::AcqRel,
                Ordering::Acquire,
            );
            if parked.is_ok() { POLL_WAITING } else { POLL_YIELDED }
        }
        Err(panic) => {
            task.outcome =
                Outcome { kind: TRAPPED, message: panic_text(&*panic), ..Outcome::default() };
            POLL_DONE
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_task_outcome(task: &Task) -> i32 {
    task.outcome.kind
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_task_message(task: &Task, size: &mut usize) -> *const u8 {
    *size = task.outcome.message.len();
    task.outcome.message.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_task_backtrace(task: &Task, size: &mut usize) -> *const u8 {
    *size = task.outcome.backtrace.len();
    task.outcome.backtrace.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_task_wake(task: &Task) {
    task.waker.wake_by_ref();
}

#[unsafe(no_mangle)]
pub extern "C" fn wwsb_task_delete(task: *mut Task) {
    drop_caught(task);
}
