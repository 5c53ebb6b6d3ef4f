;; Writes where its memory could grow to, but has not.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (func (export "_start") (i32.store8 (i32.const 0x7ffffff) (i32.const 1))))
