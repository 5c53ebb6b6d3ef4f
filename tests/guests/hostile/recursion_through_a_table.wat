;; Calls itself through a table without end.
;; expect: 500
;; log: stack-limit
(module
  (type $f (func (result i32)))
  (table 1 funcref)
  (elem (i32.const 0) $down)
  (func $down (type $f) (i32.add (call_indirect (type $f) (i32.const 0)) (i32.const 1)))
  (func (export "_start") (drop (call $down))))
