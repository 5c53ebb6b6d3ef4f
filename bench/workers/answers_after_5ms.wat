;; A server that has something to do before it answers: 1 KiB after 5 ms.
(module
  (import "wws_v1" "sleep" (func $sleep (param i64) (result i32)))
  (import "wws_v1" "response_body_write" (func $write (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "wws_handle")
    (drop (call $sleep (i64.const 5000000)))
    (drop (call $write (i32.const 0) (i32.const 1024)))))
