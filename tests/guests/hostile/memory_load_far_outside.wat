;; Reads as far behind its memory as an address and an offset reach.
;; expect: 500
;; log: guest-trap
(module
  (memory (export "memory") 1)
  (func (export "_start") (drop (i64.load offset=0xffffffff (i32.const -1)))))
