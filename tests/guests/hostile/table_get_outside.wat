;; Reads behind its table.
;; expect: 500
;; log: guest-trap
(module
  (table 1 funcref)
  (func (export "_start") (drop (table.get 0 (i32.const 1)))))
