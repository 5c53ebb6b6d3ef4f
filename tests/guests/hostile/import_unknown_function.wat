;; Imports a function that WASI does not have.
;; expect: 500
;; log: bad-module
(module
  (import "wasi_snapshot_preview1" "proc_spawn" (func (param i32) (result i32)))
  (func (export "_start")))
