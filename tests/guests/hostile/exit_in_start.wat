;; Leaves with 1 in the start function.
;; expect: 500
;; log: guest-exit
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func $start (call $proc_exit (i32.const 1)))
  (start $start)
  (func (export "_start")))
