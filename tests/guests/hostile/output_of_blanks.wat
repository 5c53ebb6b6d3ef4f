;; Writes 60 MiB of blanks: within the limit, but no JSON.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 961)
  (data (i32.const 0) "\00\00\01\00\00\00\c0\03")
  (func (export "_start")
    (memory.fill (i32.const 0x10000) (i32.const 0x20) (i32.const 0x3c00000))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
