;; Has a memory of no pages, and gives the host addresses in it.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 0)
  (func (export "_start")
    (drop (call $random_get (i32.const 0) (i32.const 0)))
    (drop (call $random_get (i32.const 0) (i32.const 1)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
