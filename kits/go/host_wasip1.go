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

//go:wasmimport wws_v1 kv_select
//go:noescape
func hostKVSelect(name *byte, nameLength uint32) int32

//go:wasmimport wws_v1 kv_get
//go:noescape
func hostKVGet(key *byte, keyLength uint32) int32

//go:wasmimport wws_v1 kv_get_many
//go:noescape
func hostKVGetMany(keys *byte, length uint32) int32

//go:wasmimport wws_v1 kv_list
//go:noescape
func hostKVList(prefix *byte, prefixLength uint32, after *byte, afterLength uint32, limit, content uint32) int32

//go:wasmimport wws_v1 kv_put
//go:noescape
func hostKVPut(key *byte, keyLength uint32, value *byte, valueLength uint32, timeToLive int64, condition uint32) int32

//go:wasmimport wws_v1 kv_put_with_metadata
//go:noescape
func hostKVPutWithMetadata(key *byte, keyLength uint32, value *byte, valueLength uint32, metadata *byte, metadataLength uint32, timeToLive int64, condition uint32) int32

//go:wasmimport wws_v1 kv_delete
//go:noescape
func hostKVDelete(key *byte, keyLength uint32) int32

//go:wasmimport wws_v1 kv_increment
//go:noescape
func hostKVIncrement(key *byte, keyLength uint32, by, timeToLive int64) int32

//go:wasmimport wws_v1 kv_compare_and_swap
//go:noescape
func hostKVCompareAndSwap(key *byte, keyLength uint32, version uint64, value *byte, valueLength uint32, timeToLive int64) int32

//go:wasmimport wws_v1 kv_transaction
//go:noescape
func hostKVTransaction(changes *byte, length uint32) int32

//go:wasmimport wws_v1 kv_result
//go:noescape
func hostKVResult(operation uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 kv_result_with_metadata
//go:noescape
func hostKVResultWithMetadata(operation uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 fetch_start
//go:noescape
func hostFetchStart(head *byte, headLength uint32, body *byte, bodyLength uint32, flags uint32) int32

//go:wasmimport wws_v1 fetch_status
func hostFetchStatus(fetch uint32) int32

//go:wasmimport wws_v1 fetch_headers
//go:noescape
func hostFetchHeaders(fetch uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 fetch_url
//go:noescape
func hostFetchURL(fetch uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 fetch_error
//go:noescape
func hostFetchError(fetch uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 fetch_body_read
//go:noescape
func hostFetchBodyRead(fetch uint32, buffer *byte, capacity uint32) int32

//go:wasmimport wws_v1 fetch_body_write
//go:noescape
func hostFetchBodyWrite(fetch uint32, bytes *byte, length uint32) int32

//go:wasmimport wws_v1 fetch_body_end
func hostFetchBodyEnd(fetch uint32) int32

//go:wasmimport wws_v1 fetch_room
func hostFetchRoom(fetch uint32) int32

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
