;; Has data that begins behind its memory.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (data (i32.const 0x10000) "x")
  (func (export "_start")))
