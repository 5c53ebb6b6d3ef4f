;; Reads its input to where it has no memory.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (data (i32.const 1024) "\ff\ff\00\00\02\00\00\00\01\00\00\00\ff\ff\ff\ff")
  (func $need (param $yes i32) (if (i32.eqz (local.get $yes)) (then unreachable)))
  (func (export "_start")
    (call $need (call $fd_read (i32.const 0) (i32.const 1024) (i32.const 1) (i32.const 8)))
    (call $need (call $fd_read (i32.const 0) (i32.const 1032) (i32.const 1) (i32.const 8)))
    (call $need (call $fd_read (i32.const 0) (i32.const -4) (i32.const 1) (i32.const 8)))
    (call $need (call $fd_read (i32.const 0) (i32.const 1024) (i32.const -1) (i32.const 8)))
    (call $need (call $fd_read (i32.const 0) (i32.const 1024) (i32.const 0) (i32.const -1)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
