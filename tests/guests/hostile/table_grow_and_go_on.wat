;; Grows a table until it is refused, and answers.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (table 1 funcref)
  (func (export "_start")
    (loop $more (br_if $more (i32.ne (table.grow 0 (ref.null func) (i32.const 1000)) (i32.const -1))))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
