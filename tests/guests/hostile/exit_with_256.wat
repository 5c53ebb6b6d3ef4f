;; Leaves with 256, of which a process would keep 0.
;; expect: 500
;; log: guest-exit
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func (export "_start") (call $proc_exit (i32.const 256))))
