;; Leaves with 1 after its memory could not grow.
;; expect: 500
;; log: memory-limit
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (memory.grow (i32.const 65535)))
    (call $proc_exit (i32.const 1))))
