;; Writes nothing.
;; expect: 500
;; log: bad-output
(module
  (func (export "_start")))
