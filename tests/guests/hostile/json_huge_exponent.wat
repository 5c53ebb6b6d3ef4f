;; Has a number that no float can hold beside the known keys.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\3b\00\00\00")
  (data (i32.const 16) "{\"x\":1e999999,\"data\":\"x\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
