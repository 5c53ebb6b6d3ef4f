;; Counts to three; each step calls test.tick, after which its slice ends.
(module
  (import "test" "tick" (func $tick (param i32)))
  (func (export "_start") (local $i i32)
    (loop $next
      (call $tick (local.get $i))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 3))))))
