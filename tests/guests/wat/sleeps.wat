;; Waits in poll_oneoff for as many nanoseconds as its input says (8 bytes, little-endian), then
;; writes "awake".
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; 0: vector over 64..72; 8: vector over "awake" at 16; 256: subscription on the monotonic clock
  (data (i32.const 0) "\40\00\00\00\08\00\00\00\10\00\00\00\05\00\00\00awake")
  (func (export "_start")
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 80)))
    (i32.store (i32.const 272) (i32.const 1))
    (i64.store (i32.const 280) (i64.load (i32.const 64)))
    (if (i32.eqz (call $poll (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 80)))
      (then (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 80)))))))
