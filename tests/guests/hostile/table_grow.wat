;; Grows a table until it is refused, then fails.
;; expect: 500
;; log: table-limit
(module
  (table 1 funcref)
  (func (export "_start")
    (loop $more (br_if $more (i32.ne (table.grow 0 (ref.null func) (i32.const 1000)) (i32.const -1))))
    unreachable))
