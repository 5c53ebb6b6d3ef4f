;; Has a memory with 64-bit addresses.
;; expect: 500
;; log: bad-module
;; flags: --enable-memory64
(module
  (memory (export "memory") i64 1)
  (func (export "_start")))
