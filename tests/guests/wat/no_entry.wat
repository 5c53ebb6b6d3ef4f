;; Exports nothing that could be called.
(module (func))
