;; Its entry is a table.
;; expect: 500
;; log: bad-module
(module
  (table (export "_start") 1 funcref))
