;; Writes NUL to the log.
;; expect: 200
;; log: a\x00b
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00/\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (data (i32.const 128) "\88\00\00\00\04\00\00\00a\00b\0a")
  (func (export "_start")
    (drop (call $fd_write (i32.const 2) (i32.const 128) (i32.const 1) (i32.const 8)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
