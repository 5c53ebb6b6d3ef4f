;; Has a memory that is larger at first than at most, and than any.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (memory (export "memory") 70000 1)
  (func (export "_start")))
