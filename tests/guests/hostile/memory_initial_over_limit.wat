;; Needs 128 MiB from the start, where 16 MiB are allowed.
;; expect: 500
;; log: memory-limit
;; limits: memory = "16MiB"
(module
  (memory (export "memory") 2048)
  (func (export "_start")))
