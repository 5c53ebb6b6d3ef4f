;; Answers with 30 MiB of commas and digits: as many values as fit.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 512)
  (data (i32.const 0) "\00\04\00\00\00\00\e0\01")
  (func (export "_start") (local $at i32)
    (memory.fill (i32.const 1024) (i32.const 0x31) (i32.const 0x1e00000))
    (i32.store8 (i32.const 1024) (i32.const 0x5b))
    (local.set $at (i32.const 1026))
    (loop $next
      (i32.store8 (local.get $at) (i32.const 0x2c))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x1e00400))))
    (i32.store8 (i32.const 0x1e003ff) (i32.const 0x5d))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
