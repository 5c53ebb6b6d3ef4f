;; Loops for ever.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (func (export "_start") (loop $forever (br $forever))))
