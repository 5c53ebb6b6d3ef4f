;; Takes more from its stack of operands than it put there.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (func (export "_start") drop drop))
