;; Traps as deep as its stack nearly reaches; the log gets the 20 innermost calls.
;; expect: 500
;; log: guest-trap
(module
  (func $down (param $depth i32)
    (if (i32.eqz (local.get $depth)) (then unreachable))
    (call $down (i32.sub (local.get $depth) (i32.const 1))))
  (func (export "_start") (call $down (i32.const 5000))))
