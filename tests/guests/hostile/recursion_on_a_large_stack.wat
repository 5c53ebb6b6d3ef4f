;; Calls itself without end on a stack of 16 MiB; the server does not keep it.
;; expect: 500
;; log: stack-limit
;; limits: stack = "16MiB"
(module
  (func $down (result i32) (i32.add (call $down) (i32.const 1)))
  (func (export "_start") (drop (call $down))))
