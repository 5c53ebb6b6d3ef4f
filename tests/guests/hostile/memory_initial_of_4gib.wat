;; Needs 4 GiB from the start.
;; expect: 500
;; log: memory-limit
(module
  (memory (export "memory") 65536)
  (func (export "_start")))
