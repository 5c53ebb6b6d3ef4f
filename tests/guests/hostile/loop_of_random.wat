;; Fills 1 MiB with random numbers for ever.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 17)
  (func (export "_start")
    (loop $forever (drop (call $random_get (i32.const 0) (i32.const 0x100000))) (br $forever))))
