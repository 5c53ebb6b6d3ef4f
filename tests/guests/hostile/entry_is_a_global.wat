;; Its entry is a global.
;; expect: 500
;; log: bad-module
(module
  (global (export "_start") i32 (i32.const 0)))
