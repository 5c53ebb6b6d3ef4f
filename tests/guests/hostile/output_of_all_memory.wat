;; Writes 128 MiB to standard output at once.
;; expect: 500
;; log: output-limit
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2048)
  (data (i32.const 0) "\00\00\00\00\00\00\00\08")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
