;; Needs a table of four billion from the start.
;; expect: 500
(module
  (table 0xffffffff funcref)
  (func (export "_start")))
