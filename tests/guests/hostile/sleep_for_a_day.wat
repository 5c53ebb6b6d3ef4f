;; Sleeps for a day.
;; expect: 504
;; log: time-limit
;; limits: time = "200ms"
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\01")
  (data (i32.const 24) "\00\00O\91\94N\00\00")
  (func (export "_start")
    (drop (call $poll_oneoff (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 2048)))
    unreachable))
