;; Sleeps for a millisecond, for ever: it uses no CPU time.
;; expect: 504
;; log: time-limit
;; limits: time = "200ms"
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; userdata, clock, monotonic, timeout in nanoseconds
  (data (i32.const 16) "\01")
  (data (i32.const 24) "\40\42\0f")
  (func (export "_start")
    (loop $forever
      (drop (call $poll_oneoff (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 2048)))
      (br $forever))))
