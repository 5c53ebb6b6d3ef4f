;; Calls itself without end in the start function.
;; expect: 500
;; log: stack-limit
(module
  (func $down (result i32) (i32.add (call $down) (i32.const 1)))
  (func $start (drop (call $down)))
  (start $start)
  (func (export "_start")))
