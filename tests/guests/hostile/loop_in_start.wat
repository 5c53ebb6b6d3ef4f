;; Loops for ever in the start function, before its entry is called.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (func $start (loop $forever (br $forever)))
  (start $start)
  (func (export "_start")))
