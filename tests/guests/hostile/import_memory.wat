;; Imports its memory.
;; expect: 500
;; log: bad-module
(module
  (import "env" "memory" (memory 1))
  (func (export "_start")))
