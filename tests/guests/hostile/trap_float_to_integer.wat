;; Makes an integer of what is not a number.
;; expect: 500
;; log: guest-trap
(module
  (func (export "_start") (drop (i32.trunc_f64_u (f64.const nan)))))
