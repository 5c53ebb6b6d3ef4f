;; Has a memory with 64-bit addresses as large as it can be.
;; expect: 500
;; log: bad-module
;; flags: --enable-memory64
(module
  (memory (export "memory") i64 0x1000000000000)
  (func (export "_start")))
