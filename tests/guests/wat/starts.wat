;; Its start function would run again in each instance that begins with a state of another.
(module
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func $start (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (start $start)
  (func (export "_start")))
