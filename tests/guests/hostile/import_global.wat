;; Imports a global that it may change.
;; expect: 500
;; log: bad-module
(module
  (import "env" "stack" (global (mut i32)))
  (func (export "_start")))
