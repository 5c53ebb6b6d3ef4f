;; Tries every descriptor below 1,024 for a folder of the host, and opens files through it.
;; expect: 200
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (data (i32.const 1024) "/etc/passwd")
  (global $fd (mut i32) (i32.const 0))
  (func $need (param $yes i32) (if (i32.eqz (local.get $yes)) (then unreachable)))
  (func (export "_start")
    (loop $next
      (call $need (call $fd_prestat_get (global.get $fd) (i32.const 2048)))
      (call $need (call $fd_readdir (global.get $fd) (i32.const 2048) (i32.const 256) (i64.const 0) (i32.const 4096)))
      (call $need
        (call $path_open (global.get $fd) (i32.const 1) (i32.const 1024) (i32.const 11) (i32.const 0)
          (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 2048)))
      (global.set $fd (i32.add (global.get $fd) (i32.const 1)))
      (br_if $next (i32.lt_u (global.get $fd) (i32.const 1024))))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
