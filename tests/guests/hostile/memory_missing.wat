;; Has no memory, and gives the host addresses.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (func (export "_start")
    (drop (call $random_get (i32.const 0) (i32.const 16)))
    (drop (call $environ_get (i32.const 0) (i32.const 16)))
    (drop (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
