;; Puts an i64 where an i32 belongs.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (func (export "_start") (result i32) (i64.const 1)))
