//! Memory images: what the initialisation of a module left in its memory and globals, kept as data. Instances begin
//! with it on the code that was compiled of the module itself. The format: docs/formats/memory-image.md.

use std::ffi::c_void;
use std::fs::File;
use std::future::Future;
use std::io::{Seek, SeekFrom, Write};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmparser::{Operator, Parser, Payload};
use wasmtime::{ModuleState, Result, bail, ensure};

use crate::engine::Engine;
use crate::error::{Error, guard};
use crate::host::StoreData;
use crate::module::{self, Module};
use crate::task::{self, Calls};

const MAGIC: &[u8; 8] = b"wwsimage";
/// Numbers before the globals: magic, size of a page of the host, pages, offset, length, count of globals.
const FIXED_HEAD: usize = 48;
const GLOBAL: usize = 16;
/// More globals than any toolchain makes: a head is read whole.
const MOST_GLOBALS: usize = 10_000;
/// An image of this size has to be data for the most part: each cache keeps it, zeros too.
const LARGEST_SPARSE_IMAGE: usize = 16 << 20;

/// Says why no image can be taken of instances of a module: its code changes what an image does not hold.
///
/// # Safety
/// `wasm` points to `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_check_image(wasm: *const u8, size: usize) -> *mut Error {
    guard(|| {
        // SAFETY: as this function demands.
        let wasm = unsafe { std::slice::from_raw_parts(wasm, size) };
        for payload in Parser::new(0).parse_all(wasm) {
            let Payload::CodeSectionEntry(body) = payload? else { continue };
            let mut operators = body.get_operators_reader()?;
            while !operators.eof() {
                if let Some(name) = changes_more(&operators.read()?) {
                    bail!("it has the instruction {name}, and a snapshot holds memory and globals only");
                }
            }
        }
        Ok(())
    })
}

/// The name of an instruction that changes tables, or drops a segment.
fn changes_more(operator: &Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::TableCopy { .. } => "table.copy",
        Operator::TableFill { .. } => "table.fill",
        Operator::TableGrow { .. } => "table.grow",
        Operator::TableInit { .. } => "table.init",
        Operator::TableSet { .. } => "table.set",
        Operator::ElemDrop { .. } => "elem.drop",
        Operator::DataDrop { .. } => "data.drop",
        _ => return None,
    })
}

/// # Safety
/// `calls` is of `module`; `host` is valid and `fd` open during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_take_image(
    module: &Module,
    calls: &Calls,
    host: *mut c_void,
    stack_bytes: u64,
    fd: i32,
    outcome: &mut i32,
) -> *mut Error {
    *outcome = task::FAILED;
    // SAFETY: as this function demands; who calls it closes the descriptor.
    let file = ManuallyDrop::new(unsafe { File::from_raw_fd(fd) });
    guard(|| {
        let engine = module.instance_pre.module().engine();
        let data =
            StoreData { host, hooks: module.hooks, memory_export: module.memory, memory: None };
        let mut store = task::new_store(engine, usize::try_from(stack_bytes)?, data);
        let mut started = false;
        let run =
            task::run(&module.instance_pre, calls, task::Entry::None, &mut store, &mut started);
        let instance = match now_or_never(run) {
            Some(Ok(instance)) => instance,
            Some(Err(error)) => {
                let ended = task::outcome(Err(error), started);
                *outcome = ended.kind;
                bail!("{}", ended.message);
            }
            None => bail!("it waits while it is initialised"),
        };
        let (memory, globals) = instance.state(&mut store)?;
        write(&file, memory.size(&store), &globals, memory.data(&store))
    })
}

fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// To a file that is empty. Pages that are all zero are holes in it: they take no room, no time, and no memory of those
/// who map it. A confined child may seek and write, and nothing else with a file.
fn write(mut file: &File, pages: u64, globals: &[u128], memory: &[u8]) -> Result<()> {
    ensure!(globals.len() <= MOST_GLOBALS, "it has more than {MOST_GLOBALS} globals");
    let page = page_size();
    let runs = used_runs(memory, page);
    let used = runs.first().map_or(0, |run| run.start)..runs.last().map_or(0, |run| run.end);
    let full: usize = runs.iter().map(|run| run.len()).sum();
    if used.len() >= LARGEST_SPARSE_IMAGE && used.len() >= 2 * full {
        bail!("its memory after initialisation is large and mostly empty");
    }
    let mut head = Vec::with_capacity((FIXED_HEAD + globals.len() * GLOBAL).next_multiple_of(page));
    head.extend_from_slice(MAGIC);
    for number in [page as u64, pages, used.start as u64, used.len() as u64, globals.len() as u64] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    for bits in globals {
        head.extend_from_slice(&bits.to_le_bytes());
    }
    head.resize(head.len().next_multiple_of(page), 0);
    file.write_all(&head)?;
    for run in runs {
        file.seek(SeekFrom::Start((head.len() + run.start - used.start) as u64))?;
        file.write_all(&memory[run])?;
    }
    Ok(())
}

/// Where pages of `memory` are that are not all zero.
fn used_runs(memory: &[u8], page: usize) -> Vec<Range<usize>> {
    // In pieces, of which each is looked at with a few instructions.
    let is_used = |page: &[u8]| {
        page.chunks(64).any(|piece| piece.iter().fold(0, |bits, byte| bits | byte) != 0)
    };
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, bytes) in memory.chunks(page).enumerate() {
        if !is_used(bytes) {
            continue;
        }
        let start = index * page;
        match runs.last_mut() {
            Some(last) if last.end == start => last.end += bytes.len(),
            _ => runs.push(start..start + bytes.len()),
        }
    }
    runs
}

/// # Safety
/// `fd` is open and belongs to this function from now on; its content does not change any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwsb_module_begin_with(
    engine: &Engine,
    module: &Module,
    fd: i32,
    beginning: &mut *mut Module,
) -> *mut Error {
    // SAFETY: as this function demands.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    guard(|| {
        let (state, image) = decode(&file)?;
        let compiled = module.instance_pre.module().with_state(&state, file, image)?;
        *beginning = Box::into_raw(Box::new(module::link(engine, &compiled)?));
        Ok(())
    })
}

/// What the head of an image says, and where in the file its bytes are. Nothing is believed: who made the file had
/// run a stranger's code.
fn decode(file: &File) -> Result<(ModuleState, Range<usize>)> {
    let mut fixed = [0; FIXED_HEAD];
    file.read_exact_at(&mut fixed, 0)?;
    ensure!(fixed.starts_with(MAGIC), "it is no memory image");
    let mut numbers = fixed[MAGIC.len()..].chunks_exact(8).map(number);
    let mut next = || numbers.next().expect("as many as the head has");
    let (page, pages, offset, length, count) = (next(), next(), next(), next(), next());
    let page = usize::try_from(page)?;
    ensure!(page == page_size(), "the memory image is of a machine with other pages");
    let count = usize::try_from(count)?;
    ensure!(count <= MOST_GLOBALS, "the memory image has too many globals");
    let mut globals = vec![0; count * GLOBAL];
    file.read_exact_at(&mut globals, FIXED_HEAD as u64)?;
    let globals = globals.chunks_exact(GLOBAL).map(|bits| {
        u128::from(number(&bits[..8])) | u128::from(number(&bits[8..])) << 64
    });
    let globals = globals.collect();
    let head = (FIXED_HEAD + count * GLOBAL).next_multiple_of(page);
    let Some(end) = usize::try_from(length)?.checked_add(head) else {
        bail!("the memory image is larger than it can be");
    };
    ensure!(end as u64 <= file.metadata()?.len(), "the memory image is cut off");
    ensure!(offset.is_multiple_of(page as u64), "the memory image begins inside a page");
    Ok((ModuleState { pages, offset, globals }, head..end))
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

/// Of the host's memory.
fn page_size() -> usize {
    unsafe extern "C" {
        fn getpagesize() -> i32;
    }
    // SAFETY: it takes nothing and cannot fail.
    usize::try_from(unsafe { getpagesize() }).expect("a size")
}
