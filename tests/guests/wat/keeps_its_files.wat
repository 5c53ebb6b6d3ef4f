;; A worker of the native ABI that reads its user's files while it is initialised, and answers with what it read.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wws_v1" "response_body_write" (func $write (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $size (mut i32) (i32.const 0))
  (func (export "_initialize")
    (loop $more
      (i32.store (i32.const 0) (i32.add (i32.const 16) (global.get $size)))
      (i32.store (i32.const 4) (i32.const 4096))
      (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
      (global.set $size (i32.add (global.get $size) (i32.load (i32.const 8))))
      (br_if $more (i32.load (i32.const 8)))))
  (func (export "wws_handle")
    (drop (call $write (i32.const 16) (global.get $size)))))
