;; Sends a terminal's commands to the log: clear the screen, set the title, answer back.
;; expect: 200
;; log: \x1b[2J\x1b]0;title\x07\x1b[6n\x9b31m\xc2\x9b31m done
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00/\00\00\00")
  (data (i32.const 16) "{\"data\":\"ok\",\"headers\":{},\"status\":200,\"kv\":{}}")
  (data (i32.const 128) "\88\00\00\00!\00\00\00\1b[2J\1b]0;title\07\1b[6n\9b31m\c2\9b31m done\0a")
  (func (export "_start")
    (drop (call $fd_write (i32.const 2) (i32.const 128) (i32.const 1) (i32.const 8)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
