;; Calls a function of a table as another type.
;; expect: 500
;; log: guest-trap
(module
  (table funcref (elem $f))
  (func $f (param i32))
  (func (export "_start") (call_indirect (param i64) (i64.const 1) (i32.const 0))))
