;; Traps in a function whose name is for a terminal and for a page.
;; expect: 500
;; log: guest-trap
;; flags: --debug-names
(module
  (func $<script>alert`1`</script>|%s%n unreachable)
  (func (export "_start") (call $<script>alert`1`</script>|%s%n)))
