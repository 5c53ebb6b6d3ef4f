;; Wants to know a stream's properties outside of its memory.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (func $need (param $yes i32) (if (i32.eqz (local.get $yes)) (then unreachable)))
  (func (export "_start")
    (call $need (call $fd_fdstat_get (i32.const 1) (i32.const 0xffff)))
    (call $need (call $fd_filestat_get (i32.const 1) (i32.const 0xffff)))
    (call $need (call $fd_fdstat_get (i32.const -1) (i32.const 1024)))
    (call $need (call $fd_filestat_get (i32.const 3) (i32.const 1024)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
