;; Exports nothing that could be called.
;; expect: 500
;; log: bad-module
(module
  (func))
