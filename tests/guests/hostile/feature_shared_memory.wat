;; Has a memory to be shared by threads.
;; expect: 500
;; log: bad-module
;; flags: --enable-threads
(module
  (memory (export "memory") 1 1 shared)
  (func (export "_start")))
