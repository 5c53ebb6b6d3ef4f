;; Has a whole second answer in a header's value.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\6c\00\00\00")
  (data (i32.const 16) "{\"data\":\"body\",\"headers\":{\"x\":\"a\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\ncontent"
    "-length: 0\\r\\n\\r\\n\"},\"status\":200,\"kv\":{}}")
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
