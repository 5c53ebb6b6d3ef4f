;; Wants the time outside of its memory, and of clocks that do not exist.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (func $need (param $yes i32) (if (i32.eqz (local.get $yes)) (then unreachable)))
  (func (export "_start")
    (call $need (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 0xfff9)))
    (call $need (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const -1)))
    (call $need (call $clock_time_get (i32.const 4) (i64.const 1) (i32.const 1024)))
    (call $need (call $clock_time_get (i32.const -1) (i64.const -1) (i32.const 1024)))
    (call $need (call $clock_res_get (i32.const 0) (i32.const 0xfff9)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
