;; Has two memories.
;; expect: 500
;; log: bad-module
;; flags: --enable-multi-memory
(module
  (memory (export "memory") 1)
  (memory 1)
  (func (export "_start")))
