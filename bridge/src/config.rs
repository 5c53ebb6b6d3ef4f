//! One function makes the engine configuration for every role: code compiled by one process is mapped
//! by another only if both were configured alike.

use std::num::NonZeroUsize;

use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig, Result, WasmFeatures,
};

/// `wwsb_config`.
#[repr(C)]
pub struct Settings {
    pub allocation: i32,
    pub memory_reset: i32,
    pub instances: u32,
    pub memory_bytes: u64,
    pub table_elements: u64,
    pub stack_bytes: u64,
    pub keep_resident: u64,
    pub idle_resident: u64,
    pub warm_slots: u32,
    pub parallel_compilation: i32,
    pub source_lines: i32,
    pub wake_fd: i32,
}

const ALLOCATE_POOL: i32 = 0;
const RESET_SCAN: i32 = 1;

/// The room a host function has above the deepest recursion of a guest: Wasmtime aborts the process when
/// a host function overflows the fiber's stack.
const HOST_STACK: usize = 512 << 10;
/// A guest addresses 4 GiB, so that no bounds check is compiled into it; the guard catches the offset.
const RESERVATION: u64 = 4 << 30;
const GUARD: u64 = 32 << 20;
const BACKTRACE_FRAMES: usize = 20;
/// Calls of guests from host functions that are under way at the same time; each has a stack of its own.
const NESTED_STACKS: u32 = 64;

/// Bytes of a pooled stack kept in RAM between two guests.
const STACK_KEEP_RESIDENT: usize = 16 << 10;
/// Instance state of one module: globals, function and table records.
const INSTANCE_BYTES: usize = 1 << 20;

pub fn make(settings: &Settings) -> Result<Config> {
    let wasm_stack = usize::try_from(settings.stack_bytes)?;
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .consume_fuel(false)
        .max_wasm_stack(wasm_stack)
        .async_stack_size(wasm_stack + HOST_STACK)
        .memory_reservation(RESERVATION)
        .memory_guard_size(GUARD)
        .memory_init_cow(true)
        .generate_address_map(true)
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(NonZeroUsize::new(BACKTRACE_FRAMES))
        .wasm_backtrace_details(if settings.source_lines != 0 {
            wasmtime::WasmBacktraceDetails::Enable
        } else {
            wasmtime::WasmBacktraceDetails::Disable
        })
        .parallel_compilation(settings.parallel_compilation != 0);
    for (feature, enable) in [
        (WasmFeatures::THREADS, false),
        (WasmFeatures::SHARED_EVERYTHING_THREADS, false),
        (WasmFeatures::MEMORY64, false),
        (WasmFeatures::MULTI_MEMORY, false),
        (WasmFeatures::GC, false),
        (WasmFeatures::FUNCTION_REFERENCES, false),
        (WasmFeatures::EXCEPTIONS, false),
        (WasmFeatures::CUSTOM_PAGE_SIZES, false),
        (WasmFeatures::STACK_SWITCHING, false),
        (WasmFeatures::SIMD, true),
        (WasmFeatures::BULK_MEMORY, true),
        (WasmFeatures::REFERENCE_TYPES, true),
        (WasmFeatures::TAIL_CALL, true),
    ] {
        config.wasm_features(feature, enable);
    }
    config.allocation_strategy(if settings.allocation == ALLOCATE_POOL {
        InstanceAllocationStrategy::Pooling(pool(settings)?)
    } else {
        InstanceAllocationStrategy::OnDemand
    });
    Ok(config)
}

fn pool(settings: &Settings) -> Result<PoolingAllocationConfig> {
    let instances = settings.instances;
    let keep_resident = usize::try_from(settings.keep_resident)?;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(instances)
        .total_memories(instances)
        .total_tables(instances)
        .total_stacks(instances.saturating_add(NESTED_STACKS))
        .max_memories_per_module(1)
        .max_tables_per_module(1)
        .max_memory_size(usize::try_from(settings.memory_bytes)?)
        .table_elements(usize::try_from(settings.table_elements)?)
        .max_core_instance_size(INSTANCE_BYTES)
        .max_unused_warm_slots(settings.warm_slots)
        .linear_memory_keep_resident(keep_resident)
        .max_unused_bytes_resident(usize::try_from(settings.idle_resident)?)
        .table_keep_resident(keep_resident.min(64 << 10))
        .async_stack_keep_resident(STACK_KEEP_RESIDENT)
        .pagemap_scan(if settings.memory_reset == RESET_SCAN {
            Enabled::Yes
        } else {
            Enabled::No
        });
    Ok(pool)
}
