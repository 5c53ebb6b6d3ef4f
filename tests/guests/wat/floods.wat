;; Writes 64 KiB to the stream that its input's first byte names, for ever.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\40\00\00\00\01\00\00\00\00\01\00\00\00\00\01\00")
  (func (export "_start")
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))
    (loop $forever
      (drop (call $fd_write (i32.load8_u (i32.const 64)) (i32.const 8) (i32.const 1) (i32.const 32)))
      (br $forever))))
