;; Never ends, in the start function: before its entry is called.
(module
  (func $start (loop $forever (br $forever)))
  (start $start)
  (func (export "_start")))
