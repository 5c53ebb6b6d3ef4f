;; Leaves with 7 from a thousand calls deep.
;; expect: 500
;; log: guest-exit
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func $down (param $depth i32)
    (if (i32.eqz (local.get $depth)) (then (call $proc_exit (i32.const 7))))
    (call $down (i32.sub (local.get $depth) (i32.const 1)))
    unreachable)
  (func (export "_start") (call $down (i32.const 1000))))
