;; Answers "used" when its memory, table or global holds what an earlier run left there, else "fresh";
;; then fills all three.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 32)
  (table 64 funcref)
  (global $mark (mut i32) (i32.const 0))
  (func $nothing)
  (elem declare func $nothing)
  (data (i32.const 0) "\20\00\00\00\05\00\00\00\28\00\00\00\05\00\00\00")
  (data (i32.const 32) "fresh")
  (data (i32.const 40) "used!")
  (func $is_used (result i32) (local $at i32)
    (if (global.get $mark) (then (return (i32.const 1))))
    (if (i32.eqz (ref.is_null (table.get 0 (i32.const 63)))) (then (return (i32.const 1))))
    (local.set $at (i32.const 64))
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 512)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2097152))))
    (i32.const 0))
  (func (export "_start") (local $at i32)
    (drop (call $fd_write (i32.const 1) (i32.mul (call $is_used) (i32.const 8)) (i32.const 1) (i32.const 16)))
    (global.set $mark (i32.const 1))
    (table.set 0 (i32.const 63) (ref.func $nothing))
    ;; Every second page, so that there are more dirty regions than one scan reports.
    (local.set $at (i32.const 4096))
    (loop $next
      (memory.fill (local.get $at) (i32.const 0x5a) (i32.const 4096))
      (local.set $at (i32.add (local.get $at) (i32.const 8192)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 2097152))))))
