;; Fills 64 MiB in one instruction, for ever.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (memory (export "memory") 1024)
  (func (export "_start")
    (loop $forever (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000)) (br $forever))))
