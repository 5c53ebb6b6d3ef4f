;; Reads its input over the vectors that say where to read to.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (data (i32.const 1024) "\00\04\00\00\18\00\00\00\00\04\00\00\18\00\00\00\00\04\00\00\18\00\00\00\00\04\00\00\18\00\00\00")
  (func (export "_start")
    (drop (call $fd_read (i32.const 0) (i32.const 1024) (i32.const 64) (i32.const 1028)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
