;; Asks for 4 GiB for ever.
;; expect: 504
;; log: cpu-time-limit
;; limits: cpu_time = "100ms"
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $forever (drop (memory.grow (i32.const 65535))) (br $forever))))
