;; Has two tables.
;; expect: 500
;; log: bad-module
(module
  (table 1 funcref)
  (table 1 funcref)
  (func (export "_start")))
