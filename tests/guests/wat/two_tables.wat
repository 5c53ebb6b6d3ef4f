;; Has one table more than an instance may have.
(module
  (table 1 funcref)
  (table 1 funcref)
  (func (export "_start")))
