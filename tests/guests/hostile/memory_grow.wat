;; Grows its memory until it is refused, then fails.
;; expect: 500
;; log: memory-limit
(module
  (memory (export "memory") 1)
  (func (export "_start")
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    unreachable))
