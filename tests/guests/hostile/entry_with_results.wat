;; Its entry has results.
;; expect: 500
;; log: bad-module
(module
  (func (export "_start") (result i32) (i32.const 0)))
