;; Throws an exception.
;; expect: 500
;; log: bad-module
;; flags: --enable-exceptions
(module
  (tag $t)
  (func (export "_start") (throw $t)))
