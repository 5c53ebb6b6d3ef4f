;; Its entry wants parameters.
;; expect: 500
;; log: bad-module
(module
  (func (export "_start") (param i32 i64)))
