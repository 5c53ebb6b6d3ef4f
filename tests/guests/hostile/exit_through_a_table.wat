;; Leaves with 7 through a table that holds proc_exit itself.
;; expect: 500
;; log: guest-exit
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (table funcref (elem $proc_exit))
  (func (export "_start") (call_indirect (param i32) (i32.const 7) (i32.const 0))))
