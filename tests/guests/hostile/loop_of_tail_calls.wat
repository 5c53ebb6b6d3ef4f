;; Calls itself in tail position for ever: no stack is used up.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
;; flags: --enable-tail-call
(module
  (func $again (return_call $again))
  (func (export "_start") (call $again)))
