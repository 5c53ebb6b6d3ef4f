;; Imports a function that no host has.
(module
  (import "no_such_module" "no_such_function" (func))
  (func (export "_start")))
