;; Grows to 64 MiB and writes to every page of it.
;; expect: 200
;; limits: memory = "64MiB"
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\2f\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (func $need (param $yes i32) (if (i32.eqz (local.get $yes)) (then unreachable)))
  (func (export "_start")
    (call $need (i32.eq (memory.grow (i32.const 1023)) (i32.const 1)))
    (memory.fill (i32.const 0x10000) (i32.const 0x5a) (i32.const 0x3ff0000))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
