;; Its entry is a function of the host.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (func $drop (drop (call $yield)))
  (export "_start" (func $drop)))
