//go:build !wasip1

package wasmworkers

// Outside of wasm there is no server: a worker's packages can be compiled and tested with net/http/httptest,
// and the tests of this kit put a server of their own in place.

// server is what the functions of wws_v1 do in tests.
type server struct {
	requestGet        func(field uint32, buffer []byte) int32
	requestHeaders    func(buffer []byte) int32
	requestParams     func(buffer []byte) int32
	requestVars       func(buffer []byte) int32
	requestBodyRead   func(buffer []byte) int32
	responseStatus    func(status int32) int32
	responseHeader    func(name, value string) int32
	responseBodyWrite func(bytes []byte) int32
	responseFinish    func() int32
	timer             func(nanoseconds int64) int32
	wait              func(operations []uint32) int32
	cancel            func(operation uint32) int32
	log               func(level int32, text string) int32
	store             store
	network           network
}

// store is the key-value functions; those that begin an operation return its number.
type store interface {
	selectBinding(name string) int32
	get(key string) int32
	getMany(keys []byte) int32
	list(prefix, after string, limit, content uint32) int32
	put(key, value, metadata string, timeToLive int64, condition uint32) int32
	delete(key string) int32
	increment(key string, by, timeToLive int64) int32
	compareAndSwap(key string, version uint64, value string, timeToLive int64) int32
	transaction(changes []byte) int32
	result(operation uint32, buffer []byte, withMetadata bool) int32
}

// network is the functions for outgoing requests.
type network interface {
	start(head, body []byte, flags uint32) int32
	status(fetch uint32) int32
	headers(fetch uint32, buffer []byte) int32
	url(fetch uint32, buffer []byte) int32
	error(fetch uint32, buffer []byte) int32
	read(fetch uint32, buffer []byte) int32
	write(fetch uint32, bytes []byte) int32
	end(fetch uint32) int32
	room(fetch uint32) int32
}

var testServer *server

func host() *server {
	if testServer == nil {
		panic("wasmworkers: there is a server only inside of wws; build with GOOS=wasip1 GOARCH=wasm -buildmode=c-shared")
	}
	return testServer
}

func hostRequestGet(field uint32, buffer *byte, capacity uint32) int32 {
	return host().requestGet(field, slice(buffer, capacity))
}

func hostRequestHeaders(buffer *byte, capacity uint32) int32 {
	return host().requestHeaders(slice(buffer, capacity))
}

func hostRequestParams(buffer *byte, capacity uint32) int32 {
	return host().requestParams(slice(buffer, capacity))
}

func hostRequestVars(buffer *byte, capacity uint32) int32 {
	return host().requestVars(slice(buffer, capacity))
}

func hostRequestBodyRead(buffer *byte, capacity uint32) int32 {
	return host().requestBodyRead(slice(buffer, capacity))
}

func hostResponseStatus(status int32) int32 { return host().responseStatus(status) }

func hostResponseHeader(name *byte, nameLength uint32, value *byte, valueLength uint32) int32 {
	return host().responseHeader(string(slice(name, nameLength)), string(slice(value, valueLength)))
}

func hostResponseBodyWrite(bytes *byte, length uint32) int32 {
	return host().responseBodyWrite(slice(bytes, length))
}

func hostResponseFinish() int32         { return host().responseFinish() }
func hostTimer(nanoseconds int64) int32 { return host().timer(nanoseconds) }
func hostCancel(operation uint32) int32 { return host().cancel(operation) }
func hostWait(operations *uint32, count uint32) int32 {
	return host().wait(slice(operations, count))
}

func hostKVSelect(name *byte, nameLength uint32) int32 {
	return host().store.selectBinding(string(slice(name, nameLength)))
}

func hostKVGet(key *byte, keyLength uint32) int32 {
	return host().store.get(string(slice(key, keyLength)))
}

func hostKVGetMany(keys *byte, length uint32) int32 { return host().store.getMany(slice(keys, length)) }

func hostKVList(prefix *byte, prefixLength uint32, after *byte, afterLength uint32, limit, content uint32) int32 {
	return host().store.list(string(slice(prefix, prefixLength)), string(slice(after, afterLength)), limit, content)
}

func hostKVPut(key *byte, keyLength uint32, value *byte, valueLength uint32, timeToLive int64, condition uint32) int32 {
	return host().store.put(string(slice(key, keyLength)), string(slice(value, valueLength)), "", timeToLive, condition)
}

func hostKVPutWithMetadata(key *byte, keyLength uint32, value *byte, valueLength uint32, metadata *byte, metadataLength uint32, timeToLive int64, condition uint32) int32 {
	return host().store.put(string(slice(key, keyLength)), string(slice(value, valueLength)),
		string(slice(metadata, metadataLength)), timeToLive, condition)
}

func hostKVDelete(key *byte, keyLength uint32) int32 {
	return host().store.delete(string(slice(key, keyLength)))
}

func hostKVIncrement(key *byte, keyLength uint32, by, timeToLive int64) int32 {
	return host().store.increment(string(slice(key, keyLength)), by, timeToLive)
}

func hostKVCompareAndSwap(key *byte, keyLength uint32, version uint64, value *byte, valueLength uint32, timeToLive int64) int32 {
	return host().store.compareAndSwap(string(slice(key, keyLength)), version, string(slice(value, valueLength)), timeToLive)
}

func hostKVTransaction(changes *byte, length uint32) int32 {
	return host().store.transaction(slice(changes, length))
}

func hostKVResult(operation uint32, buffer *byte, capacity uint32) int32 {
	return host().store.result(operation, slice(buffer, capacity), false)
}

func hostKVResultWithMetadata(operation uint32, buffer *byte, capacity uint32) int32 {
	return host().store.result(operation, slice(buffer, capacity), true)
}

func hostFetchStart(head *byte, headLength uint32, body *byte, bodyLength uint32, flags uint32) int32 {
	return host().network.start(slice(head, headLength), slice(body, bodyLength), flags)
}

func hostFetchStatus(fetch uint32) int32 { return host().network.status(fetch) }

func hostFetchHeaders(fetch uint32, buffer *byte, capacity uint32) int32 {
	return host().network.headers(fetch, slice(buffer, capacity))
}

func hostFetchURL(fetch uint32, buffer *byte, capacity uint32) int32 {
	return host().network.url(fetch, slice(buffer, capacity))
}

func hostFetchError(fetch uint32, buffer *byte, capacity uint32) int32 {
	return host().network.error(fetch, slice(buffer, capacity))
}

func hostFetchBodyRead(fetch uint32, buffer *byte, capacity uint32) int32 {
	return host().network.read(fetch, slice(buffer, capacity))
}

func hostFetchBodyWrite(fetch uint32, bytes *byte, length uint32) int32 {
	return host().network.write(fetch, slice(bytes, length))
}

func hostFetchBodyEnd(fetch uint32) int32 { return host().network.end(fetch) }
func hostFetchRoom(fetch uint32) int32    { return host().network.room(fetch) }

func hostLog(level int32, text *byte, length uint32) int32 {
	return host().log(level, string(slice(text, length)))
}

func resumeLanguage() {}
