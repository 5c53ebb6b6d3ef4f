;; A worker of the native ABI that answers nothing.
(module
  (memory (export "memory") 1)
  (func (export "wws_handle")))
