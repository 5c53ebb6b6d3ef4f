;; Answers in UTF-16.
;; expect: 500
;; log: bad-output
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00\60\00\00\00")
  (data (i32.const 16) "\ff\fe{\00\"\00d\00a\00t\00a\00\"\00:\00\"\00o\00k\00\"\00,\00\"\00h\00e\00a\00d\00"
    "e\00r\00s\00\"\00:\00{\00}\00,\00\"\00s\00t\00a\00t\00u\00s\00\"\00:\002\000\000\00"
    ",\00\"\00k\00v\00\"\00:\00{\00}\00}\00")
  (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
