;; Leaves with the largest exit code.
;; expect: 500
;; log: guest-exit: left with exit code 4294967295
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (func (export "_start") (call $proc_exit (i32.const -1))))
