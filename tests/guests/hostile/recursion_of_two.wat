;; Two functions call each other without end.
;; expect: 500
;; log: stack-limit
(module
  (func $ping (result i32) (i32.add (call $pong) (i32.const 1)))
  (func $pong (result i32) (i32.add (call $ping) (i32.const 1)))
  (func (export "_start") (drop (call $ping))))
