;; A worker of the native ABI that asks the service of a test (server/services_test.cc), and logs what came of it. Its
;; path says how: /get; /cancel, which asks once more after a cancel; /timer, which waits for a second too.
(module
  (import "wws_v1" "request_get" (func $request_get (param i32 i32 i32) (result i32)))
  (import "wws_v1" "timer" (func $timer (param i64) (result i32)))
  (import "wws_v1" "wait" (func $wait (param i32 i32) (result i32)))
  (import "wws_v1" "cancel" (func $cancel (param i32) (result i32)))
  (import "wws_v1" "log" (func $log (param i32 i32 i32) (result i32)))
  (import "test" "get" (func $get (param i32) (result i32)))
  (import "test" "result" (func $result (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "timer")
  (func (export "wws_handle") (local $plan i32) (local $count i32) (local $size i32)
    (drop (call $request_get (i32.const 2) (i32.const 100) (i32.const 100)))
    (local.set $plan (i32.load8_u (i32.const 101)))
    (local.set $count (i32.const 1))
    (i32.store (i32.const 0) (call $get (i32.const 1)))
    (if (i32.eq (local.get $plan) (i32.const 0x63)) (then ;; c
      (drop (call $cancel (i32.load (i32.const 0))))
      (i32.store (i32.const 0) (call $get (i32.const 2)))))
    (if (i32.eq (local.get $plan) (i32.const 0x74)) (then ;; t
      (i32.store (i32.const 4) (call $timer (i64.const 1000000000)))
      (local.set $count (i32.const 2))))
    (if (i32.eq (call $wait (i32.const 0) (local.get $count)) (i32.const 1)) (then
      (drop (call $log (i32.const 2) (i32.const 64) (i32.const 5)))
      (drop (call $wait (i32.const 0) (i32.const 1)))))
    (local.set $size (call $result (i32.load (i32.const 0)) (i32.const 200) (i32.const 100)))
    (if (i32.lt_s (local.get $size) (i32.const 0))
      (then
        (i32.store8 (i32.const 200) (i32.const 0x2d)) ;; - and a digit
        (i32.store8 (i32.const 201) (i32.sub (i32.const 0x30) (local.get $size)))
        (drop (call $log (i32.const 2) (i32.const 200) (i32.const 2))))
      (else (drop (call $log (i32.const 2) (i32.const 200) (local.get $size)))))))
