;; Reaches what it says cannot be reached.
;; expect: 500
;; log: guest-trap
(module
  (func (export "_start") unreachable))
