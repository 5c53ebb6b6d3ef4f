//! The C functions of `include/wws_typescript.h`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::VERSION;
use crate::settings::Settings;
use crate::translate::{Problem, Script, translate};

/// `wwst_text`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
        Self { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// # Safety
    /// The header's: the caller's bytes are there for the time of the call.
    unsafe fn string(&self) -> Result<&str, Vec<Problem>> {
        if self.size == 0 {
            return Ok("");
        }
        let bytes = unsafe { std::slice::from_raw_parts(self.data, self.size) };
        std::str::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let (line, column) = crate::positions::place_of(&valid, valid.len());
            vec![Problem { line, column, text: "it is not UTF-8".to_string() }]
        })
    }
}

/// `wwst_problems`.
pub struct Problems(Vec<Problem>);

/// `wwst_names`.
#[derive(Default)]
pub struct Names(Vec<String>);

/// Runs `body` for a function that returns `wwst_problems*`.
fn guard(body: impl FnOnce() -> Result<(), Vec<Problem>>) -> *mut Problems {
    let problems = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return std::ptr::null_mut(),
        Ok(Err(problems)) => problems,
        Err(panic) => vec![Problem { line: 1, column: 1, text: panic_text(&*panic) }],
    };
    Box::into_raw(Box::new(Problems(problems)))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the compiler of TypeScript failed: {}", text.as_deref().unwrap_or("no message"))
}

/// # Safety
/// Made by Box::into_raw, given back once.
unsafe fn delete<T>(pointer: *mut T) {
    if !pointer.is_null() {
        drop(unsafe { Box::from_raw(pointer) });
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_version() -> Text {
    Text::of(VERSION.as_bytes())
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_problems_count(problems: &Problems) -> usize {
    problems.0.len()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_problem_text(problems: &Problems, index: usize) -> Text {
    problems.0.get(index).map_or(Text::of(b""), |problem| Text::of(problem.text.as_bytes()))
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_problem_line(problems: &Problems, index: usize) -> u32 {
    problems.0.get(index).map_or(0, |problem| problem.line)
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_problem_column(problems: &Problems, index: usize) -> u32 {
    problems.0.get(index).map_or(0, |problem| problem.column)
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwst_problems_delete(problems: *mut Problems) {
    unsafe { delete(problems) }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_names_count(names: &Names) -> usize {
    names.0.len()
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_name(names: &Names, index: usize) -> Text {
    names.0.get(index).map_or(Text::of(b""), |name| Text::of(name.as_bytes()))
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwst_names_delete(names: *mut Names) {
    unsafe { delete(names) }
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_settings_new() -> *mut Settings {
    Box::into_raw(Box::default())
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwst_settings_add(
    settings: &mut Settings,
    tsconfig: Text,
    extended: &mut *mut Names,
) -> *mut Problems {
    guard(|| {
        let names = settings.add(unsafe { tsconfig.string() }?)?;
        *extended = Box::into_raw(Box::new(Names(names)));
        Ok(())
    })
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwst_settings_delete(settings: *mut Settings) {
    unsafe { delete(settings) }
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwst_translate(
    settings: &Settings,
    name: Text,
    source: Text,
    script: &mut *mut Script,
) -> *mut Problems {
    guard(|| {
        let made = unsafe { translate(settings, name.string()?, source.string()?) }?;
        *script = Box::into_raw(Box::new(made));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_script_code(script: &Script) -> Text {
    Text::of(script.code.as_bytes())
}

#[unsafe(no_mangle)]
pub extern "C" fn wwst_script_positions(script: &Script) -> Text {
    Text::of(&script.positions)
}

/// # Safety
/// The header's contract.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wwst_script_delete(script: *mut Script) {
    unsafe { delete(script) }
}
