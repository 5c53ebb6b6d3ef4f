;; Imports a function whose name commands a terminal.
;; expect: 500
;; log: bad-module
(module
  (import "env\1b[2J\0d\0a" "\00\c2\9b31m" (func))
  (func (export "_start")))
