;; Wants the count of what was written outside of its memory.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (func $need (param $yes i32) (if (i32.eqz (local.get $yes)) (then unreachable)))
  (func (export "_start")
    (call $need (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0xfffd)))
    (call $need (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const -1)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
