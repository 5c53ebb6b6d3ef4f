;; Fills beyond the end of its memory.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (func (export "_start") (memory.fill (i32.const 1) (i32.const 1) (i32.const -1))))
