;; Its input is the number of a page of 4 KiB, as 32 bits. Answers "used!" when one of its pages holds what an earlier run
;; left there, else "fresh"; then writes to that page, up to which it grows its memory.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4 64)
  (data (i32.const 0) "\20\00\00\00\05\00\00\00\28\00\00\00\05\00\00\00\40\00\00\00\04\00\00\00")
  (data (i32.const 32) "fresh")
  (data (i32.const 40) "used!")
  (func $is_used (result i32) (local $at i32)
    (local.set $at (i32.const 4096))
    (loop $next
      (if (i32.load (local.get $at)) (then (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
    (i32.const 0))
  (func (export "_start") (local $at i32) (local $missing i32)
    (drop (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 72)))
    (local.set $at (i32.mul (i32.load (i32.const 64)) (i32.const 4096)))
    (local.set $missing (i32.sub (i32.add (i32.shr_u (local.get $at) (i32.const 16)) (i32.const 1)) (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0)) (then (drop (memory.grow (local.get $missing)))))
    (drop (call $fd_write (i32.const 1) (i32.mul (call $is_used) (i32.const 8)) (i32.const 1) (i32.const 80)))
    (i32.store (local.get $at) (i32.const 0x5a5a5a5a))))
