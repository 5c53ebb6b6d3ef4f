;; Calls itself without end, and the host at every depth: also where the stack is nearly used up.
;; expect: 500
;; log: stack-limit
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func $down (result i32)
    (i32.add (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 0)) (call $down)))
  (func (export "_start") (drop (call $down))))
