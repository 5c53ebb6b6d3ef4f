;; Calls an empty place of a table.
;; expect: 500
;; log: guest-trap
(module
  (table 1 funcref)
  (func (export "_start") (call_indirect (i32.const 0))))
