package wasmworkers

import "unsafe"

// The functions of wws_v1 (docs/abi.md), and what the server calls. A worker is a reactor: build it with
// -buildmode=c-shared.

//go:wasmimport wws_v1 request_get
func hostRequestGet(field uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 request_headers
func hostRequestHeaders(buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 request_params
func hostRequestParams(buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 request_vars
func hostRequestVars(buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 request_body_read
//go:noescape
func hostRequestBodyRead(buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 response_status
func hostResponseStatus(status int32) int32

//go:wasmimport wws_v1 response_header
//go:noescape
func hostResponseHeader(name *byte, nameLength uint32, value *byte, valueLength uint32) int32

//go:wasmimport wws_v1 response_body_write
//go:noescape
func hostResponseBodyWrite(bytes *byte, length uint32) int32

//go:wasmimport wws_v1 response_finish
func hostResponseFinish() int32

//go:wasmimport wws_v1 timer
func hostTimer(nanoseconds int64) int32

//go:wasmimport wws_v1 wait
//go:noescape
func hostWait(operations *uint32, count uint32) int32

//go:wasmimport wws_v1 cancel
func hostCancel(operation uint32) int32

//go:wasmimport wws_v1 log
//go:noescape
func hostLog(level int32, text *byte, length uint32) int32

//go:wasmimport wws_v1 random
//go:noescape
func hostRandom(buffer unsafe.Pointer, length uint32) int32

//go:wasmimport wasi_snapshot_preview1 environ_sizes_get
//go:noescape
func wasiEnvironSizesGet(count, size *uint32) uint32

//go:wasmimport wasi_snapshot_preview1 environ_get
//go:noescape
func wasiEnvironGet(pointers *uint32, text *byte) uint32

//go:wasmexport wws_resume
func wwsResume() { resume() }

//go:wasmexport wws_handle
func wwsHandle() { serve() }
