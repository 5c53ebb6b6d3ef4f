;; A native worker that raises a counter of its namespace: 200, or 503 if that failed.
(module
  (import "wws_v1" "kv_increment" (func $kv_increment (param i32 i32 i64 i64) (result i32)))
  (import "wws_v1" "kv_result" (func $kv_result (param i32 i32 i32) (result i32)))
  (import "wws_v1" "wait" (func $wait (param i32 i32) (result i32)))
  (import "wws_v1" "response_status" (func $response_status (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "n")
  (func (export "wws_handle")
    (local $answer i32)
    (local.set $answer (call $kv_increment (i32.const 0) (i32.const 1) (i64.const 1) (i64.const 0)))
    (if (i32.ge_s (local.get $answer) (i32.const 0))
      (then
        (i32.store (i32.const 16) (local.get $answer))
        (drop (call $wait (i32.const 16) (i32.const 1)))
        (local.set $answer (call $kv_result (local.get $answer) (i32.const 32) (i32.const 64)))))
    (if (i32.lt_s (local.get $answer) (i32.const 0))
      (then (drop (call $response_status (i32.const 503)))))))
