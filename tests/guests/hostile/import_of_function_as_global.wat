;; Imports fd_write as a global.
;; expect: 500
;; log: bad-module
(module
  (import "wasi_snapshot_preview1" "fd_write" (global i32))
  (func (export "_start")))
