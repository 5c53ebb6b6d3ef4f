;; Memory and globals do not tell what it has done.
(module
  (memory (export "memory") 1)
  (table 1 funcref)
  (func (export "_start") (table.set 0 (i32.const 0) (ref.null func))))
