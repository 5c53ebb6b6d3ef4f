;; Grows its memory by 4 MiB and 64 KiB and writes to every page of it.
(module
  (memory (export "memory") 1)
  (func (export "_start") (local $at i32)
    (if (i32.eq (memory.grow (i32.const 65)) (i32.const -1)) (then unreachable))
    (loop $next
      (i32.store8 (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 4325376))))))
