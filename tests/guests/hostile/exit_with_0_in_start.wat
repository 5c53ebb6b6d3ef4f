;; Leaves with 0 in the start function, before it could answer.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func $start (call $proc_exit (i32.const 0)))
  (start $start)
  (func (export "_start")))
