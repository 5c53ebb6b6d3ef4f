;; Has a table of references to values of the host.
;; expect: 500
;; log: bad-module
(module
  (table 1 externref)
  (func (export "_start")))
