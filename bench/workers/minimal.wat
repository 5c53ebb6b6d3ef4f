;; The least a wws-json worker can do: one write of a fixed answer, in two pages of memory.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\10\00\00\00\3d\00\00\00")
  (data (i32.const 16) "{\22data\22:\22hello\22,\22headers\22:{},\22status\22:200,\22kv\22:{},\22extra\22:0}    ")
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
