;; Its entry is a memory.
;; expect: 500
;; log: bad-module
(module
  (memory (export "_start") 1))
