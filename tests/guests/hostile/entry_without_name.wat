;; Has a default export that traps, besides an entry that would answer.
;; expect: 500
;; log: guest-trap
(module
  (func (export "") unreachable)
  (func (export "_start")))
