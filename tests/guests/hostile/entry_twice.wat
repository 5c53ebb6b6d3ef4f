;; Exports two functions as its entry.
;; expect: 500
;; log: bad-module
;; flags: --no-check
(module
  (func $f)
  (export "_start" (func $f))
  (export "_start" (func $f)))
