;; Writes lines to standard error for ever.
;; expect: 504
;; log: cpu-time-limit
;; log: limit on log output reached
;; limits: cpu_time = "100ms"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\10\00\00\00\05\00\00\00")
  (data (i32.const 16) "spam\0a")
  (func (export "_start")
    (loop $forever
      (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16384)))
      (br $forever))))
