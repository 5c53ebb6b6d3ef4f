;; Imports a table of functions.
;; expect: 500
;; log: bad-module
(module
  (import "env" "table" (table 1 funcref))
  (func (export "_start")))
