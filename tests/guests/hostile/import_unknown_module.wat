;; Imports from a module that no host has.
;; expect: 500
;; log: bad-module
(module
  (import "env" "system" (func (param i32) (result i32)))
  (func (export "_start")))
