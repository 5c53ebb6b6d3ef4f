package wasmworkers

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const firstOperation = 2000

type record struct {
	value      string
	version    uint64
	timeToLive int64
}

// memoryStore is a store with one namespace. Nothing ends by its time to live.
type memoryStore struct {
	absent  bool // the worker has no namespace
	slow    bool // results have to be waited for
	records map[string]record
	version uint64
	results map[uint32]func(buffer []byte) int32
	unready map[uint32]bool
	last    uint32
}

func newMemoryStore() *memoryStore {
	return &memoryStore{
		records: map[string]record{}, results: map[uint32]func([]byte) int32{}, unready: map[uint32]bool{},
		last: firstOperation,
	}
}

// begin is an operation that came to this; a code below 0 is an error.
func (s *memoryStore) begin(code int32, parts ...any) int32 {
	if s.absent {
		return codeAbsent
	}
	var whole bytes.Buffer
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			whole.WriteString(part)
		default:
			binary.Write(&whole, binary.LittleEndian, part)
		}
	}
	s.last++
	s.unready[s.last] = s.slow
	s.results[s.last] = func(buffer []byte) int32 {
		if code < 0 {
			return code
		}
		return fill(buffer, whole.String())
	}
	return int32(s.last)
}

func sizes(key, value string) int32 {
	switch {
	case len(key) == 0 || len(key) > 512:
		return -12
	case len(value) > 1<<20:
		return -13
	}
	return 0
}

func (s *memoryStore) get(key string) int32 {
	if code := sizes(key, ""); code < 0 {
		return s.begin(code)
	}
	found, ok := s.records[key]
	if !ok {
		return s.begin(codeAbsent)
	}
	return s.begin(0, found.version, found.value)
}

func (s *memoryStore) getMany(keys []byte) int32 {
	var parts []any
	for len(keys) > 0 {
		length := binary.LittleEndian.Uint32(keys)
		found := s.records[string(keys[4:4+length])]
		parts = append(parts, found.version, uint32(len(found.value)), found.value)
		keys = keys[4+length:]
	}
	return s.begin(0, parts...)
}

func (s *memoryStore) list(prefix, after string, limit, content uint32) int32 {
	var keys []string
	for _, key := range sortedKeys(s.records) {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	if limit > 1000 {
		return s.begin(-14)
	}
	next := ""
	if len(keys) > int(limit) {
		keys = keys[:limit]
		next = keys[limit-1]
	}
	parts := []any{uint32(len(next)), next}
	for _, key := range keys {
		value := s.records[key].value
		if content == 0 {
			value = ""
		}
		parts = append(parts, uint32(len(key)), uint32(len(value)), s.records[key].version, key, value)
	}
	return s.begin(0, parts...)
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (s *memoryStore) put(key, value string, timeToLive int64, condition uint32) int32 {
	if code := sizes(key, value); code < 0 {
		return s.begin(code)
	}
	if _, ok := s.records[key]; condition == 1 && ok || condition == 2 && !ok {
		return s.begin(-7)
	}
	s.version++
	s.records[key] = record{value, s.version, timeToLive}
	return s.begin(0, s.version)
}

func (s *memoryStore) delete(key string) int32 {
	if _, ok := s.records[key]; !ok {
		return s.begin(0, uint64(0))
	}
	s.version++
	delete(s.records, key)
	return s.begin(0, s.version)
}

func (s *memoryStore) increment(key string, by, timeToLive int64) int32 {
	number := int64(0)
	if found, ok := s.records[key]; ok {
		var err error
		if number, err = strconv.ParseInt(found.value, 10, 64); err != nil {
			return s.begin(-11)
		}
		timeToLive = found.timeToLive
	}
	if by > 0 && number > math.MaxInt64-by {
		return s.begin(-16)
	}
	s.version++
	s.records[key] = record{fmt.Sprint(number + by), s.version, timeToLive}
	return s.begin(0, number+by, s.version)
}

func (s *memoryStore) compareAndSwap(key string, version uint64, value string, timeToLive int64) int32 {
	if s.records[key].version != version {
		return s.begin(-7)
	}
	return s.put(key, value, timeToLive, 0)
}

func (s *memoryStore) transaction(changes []byte) int32 {
	for _, makes := range []bool{false, true} {
		for rest := changes; len(rest) > 0; {
			kind, length := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
			switch kind {
			case 1:
				key := string(rest[16 : 16+length])
				if !makes && s.records[key].version != binary.LittleEndian.Uint64(rest[8:]) {
					return s.begin(-7)
				}
				rest = rest[16+length:]
			case 2:
				value := length + binary.LittleEndian.Uint32(rest[8:])
				if makes {
					s.records[string(rest[20:20+length])] = record{
						string(rest[20+length : 20+value]), s.version, int64(binary.LittleEndian.Uint64(rest[12:])),
					}
				}
				rest = rest[20+value:]
			case 3:
				if makes {
					delete(s.records, string(rest[8:8+length]))
				}
				rest = rest[8+length:]
			case 4:
				if !makes && s.version > binary.LittleEndian.Uint64(rest[4:]) {
					return s.begin(-7)
				}
				rest = rest[12:]
			default:
				return s.begin(codeInvalid)
			}
		}
		if !makes {
			s.version++
		}
	}
	return s.begin(0, s.version)
}

func (s *memoryStore) result(operation uint32, buffer []byte) int32 {
	result := s.results[operation]
	if result == nil {
		return codeInvalid
	}
	if s.unready[operation] {
		return codeAgain
	}
	n := result(buffer)
	if int(n) <= len(buffer) {
		delete(s.results, operation)
	}
	return n
}

// withStore runs a function as a handler on a new store, once with results that are there and once with slow ones.
func withStore(t *testing.T, run func(ctx context.Context, kv KV, s *memoryStore)) {
	t.Helper()
	for _, slow := range []bool{false, true} {
		s := newMemoryStore()
		s.slow = slow
		f := get()
		f.store = s
		// The last that is waited for is ready, which is not always the first that asks.
		f.ready = func(operations []uint32) int32 {
			for place, operation := range slices.Backward(operations) {
				if operation > firstOperation {
					s.unready[operation] = false
					return int32(place)
				}
			}
			return int32(len(operations)) - 1
		}
		f.serve(t, func(w http.ResponseWriter, r *http.Request) { run(r.Context(), KV{}, s) })
		if len(s.results) > 0 {
			t.Errorf("%d operations are pending", len(s.results))
		}
		if len(current.waiter.store) > 0 {
			t.Error("somebody waits still")
		}
	}
}

func isError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestKVOfOneKey(t *testing.T) {
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		_, found, err := kv.Get(ctx, "a")
		if found || err != nil {
			t.Error(found, err)
		}
		first, err := kv.Put(ctx, "a\x00\xff", []byte("\x00\xff"))
		isError(t, err, nil)
		entry, found, err := kv.Get(ctx, "a\x00\xff")
		if !found || err != nil || string(entry.Value) != "\x00\xff" || entry.Version != first || entry.Key != "a\x00\xff" {
			t.Error(entry, found, err)
		}
		_, err = kv.Put(ctx, "a\x00\xff", nil, IfAbsent())
		isError(t, err, ErrConflict)
		_, err = kv.Put(ctx, "a", nil, IfPresent())
		isError(t, err, ErrConflict)
		second, err := kv.Put(ctx, "a", nil, IfAbsent(), TimeToLive(7*time.Second))
		isError(t, err, nil)
		if s.records["a"].timeToLive != 7000 {
			t.Error(s.records["a"])
		}
		_, err = kv.CompareAndSwap(ctx, "a", first, []byte("y"))
		isError(t, err, ErrConflict)
		_, err = kv.CompareAndSwap(ctx, "a", second, []byte("y"), TimeToLive(time.Microsecond))
		isError(t, err, nil)
		if s.records["a"].timeToLive != 1 || s.records["a"].value != "y" {
			t.Error(s.records["a"])
		}
		_, _, err = kv.Increment(ctx, "a", 1)
		isError(t, err, ErrNotANumber)
		for _, want := range []bool{true, false} {
			if deleted, err := kv.Delete(ctx, "a"); deleted != want || err != nil {
				t.Error(deleted, err)
			}
		}
		number, version, err := kv.Increment(ctx, "a", math.MaxInt64)
		if number != math.MaxInt64 || version <= second || err != nil {
			t.Error(number, version, err)
		}
		_, _, err = kv.Increment(ctx, "a", 1)
		isError(t, err, ErrOverflow)
		_, _, err = kv.Get(ctx, "")
		isError(t, err, ErrKeySize)
		_, err = kv.Put(ctx, "k", make([]byte, 1<<20+1))
		isError(t, err, ErrValueSize)
		for _, length := range []int{247, 248, 249, 1 << 20} {
			value := bytes.Repeat([]byte("v"), length)
			kv.Put(ctx, "k", value)
			if entry, _, err := kv.Get(ctx, "k"); !bytes.Equal(entry.Value, value) || err != nil {
				t.Error(length, len(entry.Value), err)
			}
		}
	})
}

func TestKVOfSeveralKeys(t *testing.T) {
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		var keys []string
		for i := range 7 {
			keys = append(keys, fmt.Sprint("u/", i))
			kv.Put(ctx, keys[i], []byte("of "+keys[i]))
		}
		kv.Put(ctx, "v", []byte("other"))
		entries, err := kv.GetMany(ctx, "u/2", "none", "u/1")
		if err != nil || string(entries[0].Value) != "of u/2" || entries[1].Version != 0 || string(entries[2].Value) != "of u/1" {
			t.Error(entries, err)
		}
		if entries, err := kv.GetMany(ctx); len(entries) > 0 || err != nil {
			t.Error(entries, err)
		}
		for limit := range 9 {
			var listed []string
			for entry, err := range kv.All(ctx, KVQuery{Prefix: "u/", Limit: limit, Values: true}) {
				if err != nil || string(entry.Value) != "of "+entry.Key || entry.Version == 0 {
					t.Error(entry, err)
				}
				listed = append(listed, entry.Key)
			}
			if !slices.Equal(listed, keys) {
				t.Error(limit, listed)
			}
		}
		for range kv.All(ctx, KVQuery{Limit: 2}) {
			break
		}
		page, next, err := kv.Page(ctx, KVQuery{After: "u/5", Limit: 1})
		if len(page) != 1 || page[0].Key != "u/6" || len(page[0].Value) > 0 || next != "u/6" || err != nil {
			t.Error(page, next, err)
		}
		page, next, err = kv.Page(ctx, KVQuery{After: next, Limit: 1})
		if len(page) != 1 || page[0].Key != "v" || next != "" || err != nil {
			t.Error(page, next, err)
		}
		for _, err := range kv.All(ctx, KVQuery{Limit: 1001}) {
			isError(t, err, ErrTooMuch)
		}
	})
}

func TestKVTransaction(t *testing.T) {
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		before, _ := kv.Put(ctx, "from", []byte("v"))
		var changes KVTransaction
		changes.Check("from", before)
		changes.CheckAll(before)
		changes.Put("to", []byte("v"), TimeToLive(time.Second))
		changes.Put("other", nil)
		changes.Delete("from")
		version, err := kv.Commit(ctx, &changes)
		if version <= before || err != nil {
			t.Error(version, err)
		}
		if _, found, _ := kv.Get(ctx, "from"); found || s.records["to"] != (record{"v", version, 1000}) {
			t.Error(s.records)
		}
		_, err = kv.Commit(ctx, &changes)
		isError(t, err, ErrConflict)
	})
}

// Goroutines that overlap need the one thread of a worker: the conformance suite has them.
func TestWhoWaitsForTheStoreWaitsForBodiesToo(t *testing.T) {
	f := get()
	f.ready = func(operations []uint32) int32 { return 2 }
	f.serve(t, func(http.ResponseWriter, *http.Request) {
		w := &current.waiter
		w.waiting[operationRead] = 1
		w.store = []uint32{2001, 2002}
		if err := w.pauseForStore(context.Background(), 2003, time.Now()); err != nil {
			t.Error(err)
		}
		if !slices.Equal(w.store, []uint32{2001, 2002}) {
			t.Error(w.store)
		}
		w.store = make([]uint32, 2000)
		w.pauseForStore(context.Background(), 2003, time.Now())
	})
	if want := []uint32{operationRead, 2001, 2002, 2003, 16}; !slices.Equal(f.waits[0], want) {
		t.Errorf("got %v, want %v", f.waits[0], want)
	}
	if n := len(f.waits[1]); n > 1024 {
		t.Error(n)
	}
}

func TestKVErrors(t *testing.T) {
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		s.absent = true
		_, _, err := kv.Get(ctx, "a")
		isError(t, err, ErrNoNamespace)
		_, err = kv.Put(ctx, "a", nil)
		isError(t, err, ErrNoNamespace)
		for _, err := range kv.All(ctx, KVQuery{}) {
			isError(t, err, ErrNoNamespace)
		}
	})
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		if !s.slow {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_, _, err := kv.Get(ctx, "a")
		isError(t, err, context.Canceled)
	})
	isError(t, kvError(-99), ErrUnknown)
}
