;; Needs a table of ten million from the start.
;; expect: 500
;; log: table-limit
(module
  (table 10000000 funcref)
  (func (export "_start")))
