;; Asks for the time for ever, in the start function.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func $start
    (loop $forever
      (drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 0)))
      (br $forever)))
  (start $start)
  (func (export "_start")))
