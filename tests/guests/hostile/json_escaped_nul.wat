;; Has an escaped NUL in its data, which is fine.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\35\00\00\00")
  (data (i32.const 16) "{\"data\":\"a\\u0000b\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
