package wasmworkers

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"
	"time"
	"unsafe"
)

// Errors of [KV], for [errors.Is].
var (
	// ErrNoNamespace: the TOML file of the worker names no namespace, [data.kv], or no such binding.
	ErrNoNamespace = errors.New("wasmworkers: the worker has no namespace")
	// ErrConflict: a condition or a version is not as demanded; nothing was done.
	ErrConflict = errors.New("wasmworkers: not as demanded")
	// ErrQuota: the namespace has no room; nothing was done.
	ErrQuota = errors.New("wasmworkers: the namespace is full")
	// ErrUnavailable: the server cannot do it now; nothing was done.
	ErrUnavailable = errors.New("wasmworkers: not available now")
	// ErrUnknown: the store failed at that moment; it may have been done or not.
	ErrUnknown = errors.New("wasmworkers: the store failed: done or not")
	// ErrNotANumber: the value is no decimal 64-bit number.
	ErrNotANumber = errors.New("wasmworkers: the value is not a number")
	// ErrKeySize: a key is empty or longer than 512 bytes.
	ErrKeySize = errors.New("wasmworkers: the key is empty or too long")
	// ErrValueSize: a value has more than 1 MiB, or metadata more than 1,024 bytes.
	ErrValueSize = errors.New("wasmworkers: the value is too large")
	// ErrTooMuch: too many keys, or too many bytes, for one operation.
	ErrTooMuch = errors.New("wasmworkers: too much for one operation")
	// ErrStoreFull: the store has no room; nothing was done.
	ErrStoreFull = errors.New("wasmworkers: the store is full")
	// ErrOverflow: the number would not fit into 64 bits.
	ErrOverflow = errors.New("wasmworkers: the number is too large")
	// ErrStoreIO: the disk is full or failed; nothing was done.
	ErrStoreIO = errors.New("wasmworkers: the disk failed")
	// ErrTooMany: 1,024 operations are pending.
	ErrTooMany = errors.New("wasmworkers: too many operations are pending")
	// ErrInvalid: an argument is not allowed, such as a time to live that is negative.
	ErrInvalid = errors.New("wasmworkers: an argument is not allowed")
)

var kvErrors = map[int32]error{
	codeClosed:  ErrClientLeft,
	codeInvalid: ErrInvalid,
	codeAbsent:  ErrNoNamespace,
	codeLimit:   ErrTooMany,
	-7:          ErrConflict,
	-8:          ErrQuota,
	-9:          ErrUnavailable,
	-10:         ErrUnknown,
	-11:         ErrNotANumber,
	-12:         ErrKeySize,
	-13:         ErrValueSize,
	-14:         ErrTooMuch,
	-15:         ErrStoreFull,
	-16:         ErrOverflow,
	-17:         ErrStoreIO,
}

func kvError(code int32) error {
	if err := kvErrors[code]; err != nil {
		return err
	}
	return ErrUnknown
}

// KV is the key-value store: the keys of the namespace that the worker's TOML file names in [data.kv]. Its zero value
// is ready; with a Binding it is another namespace, of [data.kv.bindings].
//
//	var kv wasmworkers.KV
//	visits, _, err := kv.Increment(r.Context(), "visits", 1)
//
// Keys are 1 to 512 bytes, values up to 1 MiB, of any bytes. Each write gives its keys a new version, a number that rises
// and is never given again; 0 is the version of a key that is not there. A value may have metadata, a text of up to 1,024
// bytes, JSON by agreement with other workers: see [Metadata] and [KV.GetWithMetadata].
//
// Methods wait for what they ask, and let other goroutines run: operations of several goroutines overlap. When the context
// is done they end with its error; a write may be done all the same.
type KV struct {
	Binding string // of [data.kv.bindings]; "": the namespace of [data.kv]
}

// selectedBinding is that of operations that begin. Goroutines of a worker have one thread: between use and the begin of an
// operation no other one runs.
var selectedBinding string

// use has operations begin in the namespace of this KV. 0, or the server's code of an error.
func (kv KV) use() int32 {
	if kv.Binding == selectedBinding {
		return 0
	}
	code := hostKVSelect(unsafe.StringData(kv.Binding), uint32(len(kv.Binding)))
	if code == 0 {
		selectedBinding = kv.Binding
	}
	return code
}

// begin begins an operation there; what it returns may be why there is none.
func (kv KV) begin(operation func() int32) int32 {
	if code := kv.use(); code < 0 {
		return code
	}
	return operation()
}

// KVEntry is a key and what it has.
type KVEntry struct {
	Key     string
	Value   []byte
	Version uint64 // 0: there is no such key

	// Where metadata are asked for.
	Metadata string
	Expires  time.Time // zero: the key stays
}

// KVOption says how a value is written.
type KVOption func(*kvOptions)

type kvOptions struct {
	timeToLive int64 // milliseconds; 0: for ever
	condition  uint32
	metadata   string
}

// TimeToLive ends a key after that time. [KV.Increment] gives it to a key that it makes.
func TimeToLive(d time.Duration) KVOption {
	milliseconds := d.Milliseconds()
	if d > 0 {
		milliseconds = max(milliseconds, 1)
	}
	return func(o *kvOptions) { o.timeToLive = milliseconds }
}

// IfAbsent has [KV.Put] fail with [ErrConflict] if there is such a key.
func IfAbsent() KVOption { return func(o *kvOptions) { o.condition = 1 } }

// IfPresent has [KV.Put] fail with [ErrConflict] if there is no such key.
func IfPresent() KVOption { return func(o *kvOptions) { o.condition = 2 } }

// Metadata gives the value this text beside it, of up to 1,024 bytes: JSON, if workers in JavaScript are to read it. For
// [KV.Put] and [KVTransaction.Put].
func Metadata(text string) KVOption { return func(o *kvOptions) { o.metadata = text } }

func kvOptionsOf(options []KVOption) kvOptions {
	var all kvOptions
	for _, option := range options {
		option(&all)
	}
	return all
}

// Get returns what a key has; false if there is no such key.
func (kv KV) Get(ctx context.Context, key string) (KVEntry, bool, error) {
	result, found, err := kv.get(ctx, key, hostKVResult)
	if !found {
		return KVEntry{Key: key}, false, err
	}
	return KVEntry{Key: key, Value: result[8:], Version: binary.LittleEndian.Uint64(result)}, true, nil
}

// GetWithMetadata returns all that is known of a key; false if there is no such key.
func (kv KV) GetWithMetadata(ctx context.Context, key string) (KVEntry, bool, error) {
	result, found, err := kv.get(ctx, key, hostKVResultWithMetadata)
	if !found {
		return KVEntry{Key: key}, false, err
	}
	entry := KVEntry{Key: key, Version: binary.LittleEndian.Uint64(result), Expires: kvTime(result[8:])}
	metadata := binary.LittleEndian.Uint32(result[16:])
	entry.Metadata, entry.Value = string(result[20:20+metadata]), result[20+metadata:]
	return entry, true, nil
}

func (kv KV) get(ctx context.Context, key string, take kvTake) ([]byte, bool, error) {
	operation := kv.begin(func() int32 { return hostKVGet(unsafe.StringData(key), uint32(len(key))) })
	if operation < 0 {
		return nil, false, kvError(operation)
	}
	result, code, err := kvResult(ctx, uint32(operation), take)
	if code == codeAbsent {
		return nil, false, nil
	}
	return result, err == nil, err
}

// kvTime is a moment in milliseconds since 1970; 0: none.
func kvTime(bytes []byte) time.Time {
	milliseconds := int64(binary.LittleEndian.Uint64(bytes))
	if milliseconds == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds)
}

// GetMany returns what keys have, all of one moment, in their order. Those that are not there have version 0.
func (kv KV) GetMany(ctx context.Context, keys ...string) ([]KVEntry, error) {
	result, err := kv.getMany(ctx, keys, hostKVResult)
	if err != nil {
		return nil, err
	}
	entries := make([]KVEntry, len(keys))
	for i, key := range keys {
		length := binary.LittleEndian.Uint32(result[8:])
		entries[i] = KVEntry{Key: key, Value: result[12 : 12+length : 12+length], Version: binary.LittleEndian.Uint64(result)}
		result = result[12+length:]
	}
	return entries, nil
}

// GetManyWithMetadata returns all that is known of keys, of one moment, in their order. Those that are not there have version 0.
func (kv KV) GetManyWithMetadata(ctx context.Context, keys ...string) ([]KVEntry, error) {
	result, err := kv.getMany(ctx, keys, hostKVResultWithMetadata)
	if err != nil {
		return nil, err
	}
	entries := make([]KVEntry, len(keys))
	for i, key := range keys {
		entry := KVEntry{Key: key, Version: binary.LittleEndian.Uint64(result), Expires: kvTime(result[8:])}
		metadata, value := binary.LittleEndian.Uint32(result[16:]), binary.LittleEndian.Uint32(result[20:])
		result = result[24:]
		entry.Metadata, entry.Value = string(result[:metadata]), result[metadata:metadata+value:metadata+value]
		entries[i], result = entry, result[metadata+value:]
	}
	return entries, nil
}

func (kv KV) getMany(ctx context.Context, keys []string, take kvTake) ([]byte, error) {
	var list []byte
	for _, key := range keys {
		list = append(kvAppendLength(list, len(key)), key...)
	}
	return kvWait(ctx, kv.begin(func() int32 { return hostKVGetMany(unsafe.SliceData(list), uint32(len(list))) }), take)
}

// Put gives a key a value, and returns the version of this write.
func (kv KV) Put(ctx context.Context, key string, value []byte, options ...KVOption) (version uint64, err error) {
	o := kvOptionsOf(options)
	return kvVersion(ctx, kv.begin(func() int32 {
		keyData, keyLength, data, length := unsafe.StringData(key), uint32(len(key)), unsafe.SliceData(value), uint32(len(value))
		if o.metadata == "" {
			return hostKVPut(keyData, keyLength, data, length, o.timeToLive, o.condition)
		}
		return hostKVPutWithMetadata(keyData, keyLength, data, length, unsafe.StringData(o.metadata), uint32(len(o.metadata)),
			o.timeToLive, o.condition)
	}))
}

// Delete removes a key, and returns whether it was there.
func (kv KV) Delete(ctx context.Context, key string) (bool, error) {
	version, err := kvVersion(ctx, kv.begin(func() int32 { return hostKVDelete(unsafe.StringData(key), uint32(len(key))) }))
	return version != 0, err
}

// Increment adds to a number, which is kept as decimal text; a key that is not there counts as 0. It returns the new
// number and the version of this write. Nothing is lost when many do it at once.
func (kv KV) Increment(ctx context.Context, key string, by int64, options ...KVOption) (number int64, version uint64, err error) {
	o := kvOptionsOf(options)
	result, err := kvWait(ctx, kv.begin(func() int32 {
		return hostKVIncrement(unsafe.StringData(key), uint32(len(key)), by, o.timeToLive)
	}), hostKVResult)
	if err != nil {
		return 0, 0, err
	}
	return int64(binary.LittleEndian.Uint64(result)), binary.LittleEndian.Uint64(result[8:]), nil
}

// CompareAndSwap gives a key a value if it still has this version (0: if it is not there); else it fails with
// [ErrConflict]. It returns the version of this write.
func (kv KV) CompareAndSwap(ctx context.Context, key string, version uint64, value []byte, options ...KVOption) (uint64, error) {
	o := kvOptionsOf(options)
	return kvVersion(ctx, kv.begin(func() int32 {
		return hostKVCompareAndSwap(unsafe.StringData(key), uint32(len(key)), version, unsafe.SliceData(value), uint32(len(value)),
			o.timeToLive)
	}))
}

// KVQuery says which keys are listed: all, unless it says more.
type KVQuery struct {
	Prefix   string // keys that begin with it
	After    string // keys behind this one, which need not be there
	Limit    int    // the most keys of a page, up to 1,000; 0: 100
	Values   bool   // values too, and not keys alone
	Metadata bool   // metadata too, and when keys go
}

// Page lists keys in the order of their bytes: one page, and what is to be After for the next one; "" if this was the last.
func (kv KV) Page(ctx context.Context, query KVQuery) (entries []KVEntry, next string, err error) {
	limit := query.Limit
	if limit == 0 {
		limit = 100
	}
	content, take := uint32(0), kvTake(hostKVResult)
	if query.Metadata {
		content, take = 2, hostKVResultWithMetadata
	}
	if query.Values {
		content = 1
	}
	result, err := kvWait(ctx, kv.begin(func() int32 {
		return hostKVList(unsafe.StringData(query.Prefix), uint32(len(query.Prefix)), unsafe.StringData(query.After),
			uint32(len(query.After)), uint32(limit), content)
	}), take)
	if err != nil {
		return nil, "", err
	}
	length := binary.LittleEndian.Uint32(result)
	next, result = string(result[4:4+length]), result[4+length:]
	for len(result) > 0 {
		var entry KVEntry
		var metadata, value uint32
		key := binary.LittleEndian.Uint32(result)
		if query.Metadata {
			entry.Version, entry.Expires = binary.LittleEndian.Uint64(result[4:]), kvTime(result[12:])
			metadata, value = binary.LittleEndian.Uint32(result[20:]), binary.LittleEndian.Uint32(result[24:])
			result = result[28:]
		} else {
			value, entry.Version = binary.LittleEndian.Uint32(result[4:]), binary.LittleEndian.Uint64(result[8:])
			result = result[16:]
		}
		entry.Key, result = string(result[:key]), result[key:]
		entry.Metadata, result = string(result[:metadata]), result[metadata:]
		entry.Value, result = result[:value:value], result[value:]
		entries = append(entries, entry)
	}
	return entries, next, nil
}

// All lists keys in the order of their bytes, page by page as they are needed. After an error it ends.
//
//	for entry, err := range kv.All(ctx, wasmworkers.KVQuery{Prefix: "user/", Values: true}) { ... }
func (kv KV) All(ctx context.Context, query KVQuery) iter.Seq2[KVEntry, error] {
	return func(yield func(KVEntry, error) bool) {
		query := query
		for {
			entries, next, err := kv.Page(ctx, query)
			if err != nil {
				yield(KVEntry{}, err)
				return
			}
			for _, entry := range entries {
				if !yield(entry, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			query.After = next
		}
	}
}

// KVTransaction is changes of which all are made or none: see [KV.Commit]. Its zero value has none.
type KVTransaction struct {
	changes []byte
}

// Check demands that the key has this version; 0: that it is not there.
func (t *KVTransaction) Check(key string, version uint64) {
	t.changes = kvAppendLength(kvAppendLength(t.changes, 1), len(key))
	t.changes = append(binary.LittleEndian.AppendUint64(t.changes, version), key...)
}

// CheckAll demands that the whole namespace had no write since this version.
func (t *KVTransaction) CheckAll(since uint64) {
	t.changes = binary.LittleEndian.AppendUint64(kvAppendLength(t.changes, 4), since)
}

// Put gives the key a value. Of the options [TimeToLive] and [Metadata] count; instead of conditions there is Check.
func (t *KVTransaction) Put(key string, value []byte, options ...KVOption) {
	o := kvOptionsOf(options)
	kind := 2
	if o.metadata != "" {
		kind = 5
	}
	t.changes = kvAppendLength(kvAppendLength(kvAppendLength(t.changes, kind), len(key)), len(value))
	if o.metadata != "" {
		t.changes = kvAppendLength(t.changes, len(o.metadata))
	}
	t.changes = append(append(binary.LittleEndian.AppendUint64(t.changes, uint64(o.timeToLive)), key...), value...)
	t.changes = append(t.changes, o.metadata...)
}

// Delete removes the key.
func (t *KVTransaction) Delete(key string) {
	t.changes = append(kvAppendLength(kvAppendLength(t.changes, 3), len(key)), key...)
}

// Commit makes the changes, and returns the version of all that they wrote. It fails with [ErrConflict] if a check does not
// hold.
func (kv KV) Commit(ctx context.Context, t *KVTransaction) (version uint64, err error) {
	return kvVersion(ctx, kv.begin(func() int32 {
		return hostKVTransaction(unsafe.SliceData(t.changes), uint32(len(t.changes)))
	}))
}

func kvAppendLength(bytes []byte, length int) []byte {
	return binary.LittleEndian.AppendUint32(bytes, uint32(length))
}

// kvVersion waits for an operation that gives a version.
func kvVersion(ctx context.Context, operation int32) (uint64, error) {
	result, err := kvWait(ctx, operation, hostKVResult)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(result), nil
}

// kvWait waits for what an operation came to; operation may be why there is none.
func kvWait(ctx context.Context, operation int32, take kvTake) ([]byte, error) {
	if operation < 0 {
		return nil, kvError(operation)
	}
	result, _, err := kvResult(ctx, uint32(operation), take)
	return result, err
}

// kvTake is a function of the server that gives what an operation came to.
type kvTake func(operation uint32, buffer *byte, capacity uint32) int32

// kvResult waits for what an operation came to, and gives the server's code of an error too.
func kvResult(ctx context.Context, operation uint32, take kvTake) ([]byte, int32, error) {
	buffer := make([]byte, 256)
	begin := time.Now()
	for {
		n := take(operation, unsafe.SliceData(buffer), uint32(len(buffer)))
		switch {
		case n == codeAgain:
			if err := current.waiter.pauseForStore(ctx, operation, begin); err != nil {
				hostCancel(operation)
				return nil, 0, err
			}
		case n < 0:
			return nil, n, kvError(n)
		case int(n) <= len(buffer):
			return buffer[:n], n, nil
		default:
			buffer = make([]byte, n)
		}
	}
}
