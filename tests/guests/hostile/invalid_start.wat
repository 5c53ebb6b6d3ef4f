;; Has a start function with a result.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (func $start (result i32) (i32.const 1))
  (start $start)
  (func (export "_start")))
