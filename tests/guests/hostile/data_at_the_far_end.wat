;; Has data at the last address there can be.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (data (i32.const -1) "x")
  (func (export "_start")))
