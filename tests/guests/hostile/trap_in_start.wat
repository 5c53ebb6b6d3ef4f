;; Traps in the start function.
;; expect: 500
(module
  (func $start unreachable)
  (start $start)
  (func (export "_start")))
