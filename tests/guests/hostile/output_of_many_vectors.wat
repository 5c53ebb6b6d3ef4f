;; Writes all of its 64 MiB 1,024 times in one call: 64 GiB.
;; expect: 500
;; log: output-limit
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1024)
  (func (export "_start") (local $at i32)
    (loop $next
      (i32.store offset=4 (local.get $at) (i32.const 0x4000000))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 8192))))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1024) (i32.const 8192)))))
