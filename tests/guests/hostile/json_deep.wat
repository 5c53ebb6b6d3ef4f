;; Answers with 100,000 arrays in each other.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 3)
  (data (i32.const 0) "\00\04\00\00\a0\86\01\00")
  (func (export "_start")
    (memory.fill (i32.const 1024) (i32.const 0x5b) (i32.const 100000))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
