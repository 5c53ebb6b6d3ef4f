;; Copies from beyond the end of its memory.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (func (export "_start") (memory.copy (i32.const 0) (i32.const 0xfff0) (i32.const 0x11))))
