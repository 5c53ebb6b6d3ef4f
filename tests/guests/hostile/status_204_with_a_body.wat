;; Has a body in an answer with 204, which must not have one: it would be read as the next answer.
;; expect: 204
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\58\00\00\00")
  (data (i32.const 16) "{\"data\":\"HTTP/1.1 200 OK\\r\\n\\r\\n\",\"headers\":{\"content-length\":\"5\"},"
    "\"status\":204,\"kv\":{}}")
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
