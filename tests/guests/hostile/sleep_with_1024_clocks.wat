;; Waits for 1,024 clocks that fire in a day.
;; expect: 504
;; log: time-limit
;; limits: time = "200ms"
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $at i32)
    (loop $next
      (i32.store offset=16 (local.get $at) (i32.const 1))
      (i64.store offset=24 (local.get $at) (i64.const 86400000000000))
      (local.set $at (i32.add (local.get $at) (i32.const 48)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 49152))))
    (drop (call $poll_oneoff (i32.const 0) (i32.const 65536) (i32.const 1024) (i32.const 60000)))
    unreachable))
