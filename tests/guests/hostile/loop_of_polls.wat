;; Polls a clock that has fired already, for ever.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $forever
      (drop (call $poll_oneoff (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 2048)))
      (br $forever))))
