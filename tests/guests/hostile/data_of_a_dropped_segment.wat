;; Copies from a data segment that it has dropped.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (data $gone "x")
  (func (export "_start") (data.drop $gone) (memory.init $gone (i32.const 0) (i32.const 0) (i32.const 1))))
