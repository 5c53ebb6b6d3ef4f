/* The border between wws (C++) and Wasmtime (Rust). Only src/wasm includes this header.
 *
 * Rules for every function here
 *  - Nothing unwinds across the border: panics are caught and become errors or failed tasks;
 *    callbacks into C++ are noexcept.
 *  - A function that returns wwsb_error* returns NULL on success; the caller deletes the error.
 *  - Objects are deleted by their own _delete, once; NULL is ignored. A module keeps its engine alive,
 *    a task its module and its calls.
 *  - An engine, its modules and tasks belong to one thread, except wwsb_engine_tick and wakers.
 */
#ifndef WWS_BRIDGE_H
#define WWS_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

typedef struct wwsb_error wwsb_error;
/* UTF-8 text, not terminated by NUL; valid until the error is deleted. */
const char* wwsb_error_text(const wwsb_error*, size_t* size);
void wwsb_error_delete(wwsb_error*);

/* ---- host functions ---- */

/* One WebAssembly value as it crosses the border: the layout of wasmtime's ValRaw (16 bytes,
 * little-endian). The type is known from the function's signature. */
typedef union wwsb_value {
  int32_t i32;
  int64_t i64;
  float f32;
  double f64;
  uint64_t words[2];
} wwsb_value;

/* The guest's memory named "memory" at the time of the call; {NULL, 0} if it exports none. It may move
 * or grow when the guest runs again: never kept across a return. */
typedef struct wwsb_memory {
  uint8_t* data;
  size_t size;
} wwsb_memory;

enum {
  WWSB_CALL_DONE = 0,    /* results are written to `values` */
  WWSB_CALL_PENDING = 1, /* only for functions that suspend: call again when the task is polled */
  WWSB_CALL_STOP = 2,    /* end the guest now; the host knows why (proc_exit, a limit, bad arguments) */
  WWSB_CALL_GUEST = 3,   /* only for functions that suspend: call what on_guest_call names, then this again */
};

/* An exported function of the guest that a host function wants called: i32 parameters, one i32 result. */
enum { WWSB_GUEST_CALL_ARGUMENTS = 4 };
typedef struct wwsb_guest_call {
  const char* name; /* NUL-terminated; of the host, valid until the call has returned */
  size_t count;     /* of arguments */
  int32_t arguments[WWSB_GUEST_CALL_ARGUMENTS];
} wwsb_guest_call;

/* `values` holds the arguments and takes the results: as many places as the larger of the two. */
typedef int32_t (*wwsb_host_call)(void* host, wwsb_memory memory, wwsb_value* values);

typedef struct wwsb_function {
  const char* module;     /* NUL-terminated */
  const char* name;       /* NUL-terminated */
  const char* parameters; /* one letter a parameter: i = i32, I = i64, f = f32, F = f64 */
  const char* results;    /* the same for results */
  int32_t suspends;       /* 1: may answer WWSB_CALL_PENDING; costs more per call */
  wwsb_host_call call;
} wwsb_function;

enum {
  WWSB_EPOCH_CONTINUE = 0, /* run on until the next tick */
  WWSB_EPOCH_YIELD = 1,    /* give the thread back; the task is runnable at once */
  WWSB_EPOCH_STOP = 2,     /* end the guest; the host knows why */
};

/* What the engine asks the host of a running guest. `host` is the pointer given to wwsb_task_new. */
typedef struct wwsb_hooks {
  int32_t (*on_epoch)(void* host);
  /* Answer 1 to allow, 0 to refuse: the guest then sees -1. Sizes in bytes; in elements for tables. */
  int32_t (*on_memory_growth)(void* host, size_t current, size_t desired);
  int32_t (*on_table_growth)(void* host, size_t current, size_t desired);
  /* The instance is made and all calls but the last have returned. */
  void (*on_entry)(void* host);
  /* A host function answered WWSB_CALL_GUEST: which call it wants. */
  wwsb_guest_call (*on_guest_call)(void* host);
  /* The call returned `result`; or it cannot be made, since the guest exports no such function. */
  void (*on_guest_result)(void* host, int32_t has_result, int32_t result);
} wwsb_hooks;

/* Text of the caller, UTF-8, not terminated by NUL. */
typedef struct wwsb_text {
  const char* data;
  size_t size;
} wwsb_text;

/* ---- engine ---- */

enum { WWSB_ALLOCATE_POOL = 0, WWSB_ALLOCATE_ON_DEMAND = 1 };
enum { WWSB_RESET_MADVISE = 0, WWSB_RESET_SCAN = 1 };

typedef struct wwsb_config {
  int32_t allocation;
  int32_t memory_reset;      /* WWSB_RESET_SCAN only where wwsb_scan_available() */
  uint32_t instances;        /* guests alive at once, for the pool */
  uint64_t memory_bytes;     /* largest linear memory in the pool */
  uint64_t table_elements;   /* largest table in the pool */
  uint64_t stack_bytes;      /* largest stack of a guest */
  uint64_t keep_resident;    /* bytes of a memory kept in RAM between two guests */
  uint64_t idle_resident;    /* bytes that all memories between two guests keep in RAM together */
  uint32_t warm_slots;       /* unused slots that keep their module's image mapped */
  int32_t parallel_compilation;
  int32_t source_lines;      /* 1: backtraces have source lines; how long that takes is up to the module */
  int32_t wake_fd;           /* an eventfd written when a suspended task can go on; -1: none */
} wwsb_config;

typedef struct wwsb_engine wwsb_engine;

/* 1 when the kernel can scan page maps and the build holds the corrected scan. */
int32_t wwsb_scan_available(void);

/* Copies `functions` and `hooks`. The error says what failed, for instance the reservation of address
 * space; nothing is left behind then, and a smaller configuration can be tried. */
wwsb_error* wwsb_engine_new(const wwsb_config*, const wwsb_function* functions, size_t count,
                            const wwsb_hooks* hooks, wwsb_engine** engine);
void wwsb_engine_delete(wwsb_engine*);

/* The next tick of the epoch clock: running guests reach on_epoch. Async-signal-safe, any thread. */
void wwsb_engine_tick(const wwsb_engine*);

/* A number that differs when code compiled by one engine must not be loaded by the other. */
uint64_t wwsb_engine_fingerprint(const wwsb_engine*);
/* "48.0.8". Static, NUL-terminated. */
const char* wwsb_wasmtime_version(void);

/* Takes up to `capacity` ids of tasks that were woken since the last call. Returns how many. */
size_t wwsb_engine_take_woken(const wwsb_engine*, uint64_t* ids, size_t capacity);

/* ---- modules ---- */

typedef struct wwsb_module wwsb_module;
typedef struct wwsb_bytes wwsb_bytes;

/* Compiles WebAssembly (binary form) to machine code for this configuration. */
wwsb_error* wwsb_compile(const wwsb_engine*, const uint8_t* wasm, size_t size, wwsb_bytes** code);
const uint8_t* wwsb_bytes_data(const wwsb_bytes*, size_t* size);
void wwsb_bytes_delete(wwsb_bytes*);

/* Maps code written by wwsb_compile from an open file and links it with the host functions. Takes
 * ownership of `fd` in every case. The content is trusted machine code: anything else is undefined. */
wwsb_error* wwsb_module_map(const wwsb_engine*, int32_t fd, wwsb_module** module);
void wwsb_module_delete(wwsb_module*);
/* 1 when it exports a function of this name (`size` bytes). */
int32_t wwsb_module_exports_function(const wwsb_module*, const char* name, size_t size);

/* ---- calls ---- */

/* Functions of a module that its tasks call, looked up once. */
typedef struct wwsb_calls wwsb_calls;
/* The error says which of the names is no function, or one with parameters or results. */
wwsb_error* wwsb_calls_new(const wwsb_module*, const wwsb_text* names, size_t count, wwsb_calls** calls);
void wwsb_calls_delete(wwsb_calls*);

/* ---- memory images (docs/formats/memory-image.md) ---- */

/* Says why no image can be taken of instances of a module (binary form): its code changes tables, or drops
 * segments. */
wwsb_error* wwsb_check_image(const uint8_t* wasm, size_t size);

/* Runs `calls`, those of this module, one after another in a fresh instance, and writes what they left in its memory
 * and globals to the open file `fd`, which is empty and stays the caller's. Blocks. `host` is given to the callbacks
 * meanwhile. After an error `outcome` is one of the ends of a call below, WWSB_FAILED also where no image can be taken
 * of such a module or written; the error's text says why. The module may be hostile: call it where a crash is no
 * harm. */
wwsb_error* wwsb_take_image(const wwsb_module*, const wwsb_calls* calls, void* host, uint64_t stack_bytes, int32_t fd,
                            int32_t* outcome);

/* A module whose instances begin with an image, on the code of this one, which it keeps. Takes ownership of `fd` in
 * every case; the file must not change any more. What it holds need not be trusted: it is all of what the guest finds
 * in its memory and globals, and nothing else. */
wwsb_error* wwsb_module_begin_with(const wwsb_engine*, const wwsb_module*, int32_t fd, wwsb_module** beginning);

/* ---- tasks: one call of a guest in a fresh instance ---- */

typedef struct wwsb_task wwsb_task;

enum {
  WWSB_POLL_DONE = 0,
  WWSB_POLL_YIELDED = 1, /* runnable: poll again when it is its turn */
  WWSB_POLL_WAITING = 2, /* suspended: its id comes out of wwsb_engine_take_woken */
};
enum {
  WWSB_RETURNED = 0, /* the entry returned */
  WWSB_STOPPED = 1,  /* a host function or hook ended it */
  WWSB_TRAPPED = 2,  /* wwsb_task_message says how, wwsb_task_backtrace where */
  WWSB_FAILED = 3,   /* not started: no such entry, no slot, instantiation refused */
  WWSB_STACK_USED_UP = 4, /* a trap of its own kind */
};

/* Prepares a fresh instance and `calls` of its functions, those of this module, one after another; the last is
 * the entry, those before it prepare. Nothing runs before the first poll. `host` is given to every callback and
 * must outlive the task; `id` names it among the woken. The guest may use `stack_bytes` of stack, at most the
 * engine's. */
wwsb_error* wwsb_task_new(const wwsb_module*, const wwsb_calls* calls, void* host, uint64_t stack_bytes,
                          uint64_t id, wwsb_task** task);
/* Runs until the call ends, yields or waits. After WWSB_POLL_DONE it is not polled again. */
int32_t wwsb_task_poll(wwsb_task*);
/* Valid after WWSB_POLL_DONE. */
int32_t wwsb_task_outcome(const wwsb_task*);
const char* wwsb_task_message(const wwsb_task*, size_t* size);
/* The guest's frames, one or more lines each, innermost first; empty if it did not trap or was not
 * stopped at an epoch check. Names are the module's own words, unchecked but cut. */
const char* wwsb_task_backtrace(const wwsb_task*, size_t* size);
/* Makes the task runnable; any thread. For host functions that answered WWSB_CALL_PENDING. */
void wwsb_task_wake(const wwsb_task*);
/* Ends a call wherever it is (its stack is unwound), and gives its memory back. */
void wwsb_task_delete(wwsb_task*);

/* ---- for tests ---- */

/* Zeroes the dirty pages of [data, data + size) in the way the pool does between two guests with
 * WWSB_RESET_SCAN; pages beyond `keep_resident` bytes are given back to the kernel. The range is
 * private anonymous memory, aligned to pages. Returns the bytes kept, or -1 where it is not available. */
int64_t wwsb_test_reset_memory(uint8_t* data, size_t size, size_t keep_resident);
/* How often this process asked the kernel which pages a guest wrote. */
uint64_t wwsb_test_page_scans(void);

#ifdef __cplusplus
}
#endif
#endif
