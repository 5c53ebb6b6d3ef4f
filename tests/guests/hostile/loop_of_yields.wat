;; Yields for ever.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (func (export "_start") (loop $forever (drop (call $sched_yield)) (br $forever))))
