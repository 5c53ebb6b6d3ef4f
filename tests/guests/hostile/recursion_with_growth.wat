;; Calls itself without end, and grows its memory at every depth.
;; expect: 500
(module
  (memory (export "memory") 1)
  (func $down (result i32) (i32.add (memory.grow (i32.const 1)) (call $down)))
  (func (export "_start") (drop (call $down))))
