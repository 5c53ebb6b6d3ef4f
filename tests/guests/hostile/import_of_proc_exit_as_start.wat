;; Its start function is proc_exit of the host, called with nothing: not a module.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (start $proc_exit)
  (func (export "_start")))
