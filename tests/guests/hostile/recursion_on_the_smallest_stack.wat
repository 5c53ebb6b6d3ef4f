;; Calls itself without end on the smallest stack that can be set.
;; expect: 500
;; log: stack-limit
;; limits: stack = "16KiB"
(module
  (func $down (result i32) (i32.add (call $down) (i32.const 1)))
  (func (export "_start") (drop (call $down))))
