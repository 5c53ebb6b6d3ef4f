;; Calls through a typed reference.
;; expect: 500
;; log: bad-module
;; flags: --enable-function-references
(module
  (type $f (func))
  (elem declare func $g)
  (func $g)
  (func (export "_start") (call_ref (ref.func $g))))
