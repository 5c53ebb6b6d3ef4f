;; Ends its whole process, through a host function that only the test program wws_faulty has.
(module
  (import "faulty" "kill" (func $die))
  (memory (export "memory") 1)
  (func (export "_start") (call $die)))
