;; Sleeps until the last moment of the wall clock.
;; expect: 504
;; log: time-limit
;; limits: time = "200ms"
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 24) "\ff\ff\ff\ff\ff\ff\ff\ff")
  (data (i32.const 40) "\01")
  (func (export "_start")
    (drop (call $poll_oneoff (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 2048)))
    unreachable))
