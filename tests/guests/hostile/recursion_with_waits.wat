;; Calls itself without end, and waits at every depth.
;; expect: 500
;; log: stack-limit
;; limits: stack = "32KiB"
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\01")
  (data (i32.const 24) "\01")
  (func $down (result i32)
    (i32.add
      (call $poll_oneoff (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 2048))
      (call $down)))
  (func (export "_start") (drop (call $down))))
