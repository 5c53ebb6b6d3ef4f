;; Imports fd_write as a function without parameters.
;; expect: 500
;; log: bad-module
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (result i64)))
  (func (export "_start")))
