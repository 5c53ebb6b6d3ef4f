;; Writes behind its memory.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (func (export "_start") (i64.store (i32.const 0xfffc) (i64.const -1))))
