;; Never gives its thread back, through a host function that only the test program wws_faulty has.
(module
  (import "faulty" "block" (func $block))
  (memory (export "memory") 1)
  (func (export "_start") (call $block)))
