;; Its entry is sched_yield itself, which has a result.
;; expect: 500
;; log: bad-module
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (export "_start" (func $yield)))
