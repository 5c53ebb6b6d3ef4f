;; Does nothing and returns.
(module (func (export "_start")))
