;; Calls a function that it does not have.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (func (export "_start") (call 4294967295)))
