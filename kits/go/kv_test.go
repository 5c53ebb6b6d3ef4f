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
	metadata   string
}

// memoryStore is a store with one namespace. Nothing ends by its time to live.
type memoryStore struct {
	absent  bool // the worker has no namespace
	slow    bool // results have to be waited for
	records map[string]record
	version uint64
	results map[uint32]func(buffer []byte, withMetadata bool) int32
	binding string
	unready map[uint32]bool
	last    uint32
}

func newMemoryStore() *memoryStore {
	return &memoryStore{
		records: map[string]record{}, results: map[uint32]func([]byte, bool) int32{}, unready: map[uint32]bool{},
		last: firstOperation,
	}
}

// onlyWithMetadata is a part of results that are asked for with metadata, and the other one of those without.
type onlyWithMetadata struct{ part any }
type onlyWithout struct{ part any }

func joined(parts []any, withMetadata bool) string {
	var whole bytes.Buffer
	for _, part := range parts {
		switch only := part.(type) {
		case onlyWithMetadata:
			if part = only.part; !withMetadata {
				continue
			}
		case onlyWithout:
			if part = only.part; withMetadata {
				continue
			}
		}
		switch part := part.(type) {
		case string:
			whole.WriteString(part)
		default:
			binary.Write(&whole, binary.LittleEndian, part)
		}
	}
	return whole.String()
}

// about is when a record goes, where the clock of this store stands at 0, and the length of its metadata.
func (r record) about() []any {
	return []any{onlyWithMetadata{r.timeToLive}, onlyWithMetadata{uint32(len(r.metadata))}}
}

// begin is an operation that came to this; a code below 0 is an error.
func (s *memoryStore) begin(code int32, parts ...any) int32 {
	if s.absent {
		return codeAbsent
	}
	results := map[bool]string{false: joined(parts, false), true: joined(parts, true)}
	s.last++
	s.unready[s.last] = s.slow
	s.results[s.last] = func(buffer []byte, withMetadata bool) int32 {
		if code < 0 {
			return code
		}
		return fill(buffer, results[withMetadata])
	}
	return int32(s.last)
}

// selectBinding takes any name but "NONE".
func (s *memoryStore) selectBinding(name string) int32 {
	if name == "NONE" {
		return codeAbsent
	}
	s.binding = name
	return 0
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
	parts := append([]any{found.version}, found.about()...)
	return s.begin(0, append(parts, onlyWithMetadata{found.metadata}, found.value)...)
}

func (s *memoryStore) getMany(keys []byte) int32 {
	var parts []any
	for len(keys) > 0 {
		length := binary.LittleEndian.Uint32(keys)
		found := s.records[string(keys[4:4+length])]
		parts = append(append(parts, found.version), found.about()...)
		parts = append(parts, uint32(len(found.value)), onlyWithMetadata{found.metadata}, found.value)
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
		found := s.records[key]
		value, about := found.value, found
		if content != 1 {
			value = ""
		}
		if content == 0 {
			about = record{}
		}
		parts = append(parts, uint32(len(key)), onlyWithout{uint32(len(value))}, found.version)
		parts = append(append(parts, about.about()...), onlyWithMetadata{uint32(len(value))}, key, onlyWithMetadata{about.metadata}, value)
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

func (s *memoryStore) put(key, value, metadata string, timeToLive int64, condition uint32) int32 {
	if code := sizes(key, value); code < 0 {
		return s.begin(code)
	}
	if len(metadata) > 1024 {
		return s.begin(-13)
	}
	if _, ok := s.records[key]; condition == 1 && ok || condition == 2 && !ok {
		return s.begin(-7)
	}
	s.version++
	s.records[key] = record{value, s.version, timeToLive, metadata}
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
	number, metadata := int64(0), ""
	if found, ok := s.records[key]; ok {
		var err error
		if number, err = strconv.ParseInt(found.value, 10, 64); err != nil {
			return s.begin(-11)
		}
		timeToLive, metadata = found.timeToLive, found.metadata
	}
	if by > 0 && number > math.MaxInt64-by {
		return s.begin(-16)
	}
	s.version++
	s.records[key] = record{fmt.Sprint(number + by), s.version, timeToLive, metadata}
	return s.begin(0, number+by, s.version)
}

func (s *memoryStore) compareAndSwap(key string, version uint64, value string, timeToLive int64) int32 {
	if s.records[key].version != version {
		return s.begin(-7)
	}
	return s.put(key, value, "", timeToLive, 0)
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
			case 2, 5:
				value, metadata, numbers := binary.LittleEndian.Uint32(rest[8:]), uint32(0), rest[12:]
				if kind == 5 {
					metadata, numbers = binary.LittleEndian.Uint32(numbers), numbers[4:]
				}
				timeToLive, parts := int64(binary.LittleEndian.Uint64(numbers)), string(numbers[8:])
				if makes {
					s.records[parts[:length]] = record{
						parts[length : length+value], s.version, timeToLive, parts[length+value : length+value+metadata],
					}
				}
				rest = numbers[8+length+value+metadata:]
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

func (s *memoryStore) result(operation uint32, buffer []byte, withMetadata bool) int32 {
	result := s.results[operation]
	if result == nil {
		return codeInvalid
	}
	if s.unready[operation] {
		return codeAgain
	}
	n := result(buffer, withMetadata)
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

func TestKVMetadata(t *testing.T) {
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		later := TimeToLive(7 * time.Second)
		version, err := kv.Put(ctx, "a", []byte("one"), Metadata("[1]"), later)
		isError(t, err, nil)
		kv.Put(ctx, "b", []byte("two"))
		want := KVEntry{"a", []byte("one"), version, "[1]", time.UnixMilli(7000)}
		entry, found, err := kv.GetWithMetadata(ctx, "a")
		if !found || err != nil || fmt.Sprint(entry) != fmt.Sprint(want) {
			t.Error(entry, found, err)
		}
		if _, found, err := kv.GetWithMetadata(ctx, "none"); found || err != nil {
			t.Error(found, err)
		}
		if entry, found, _ := kv.Get(ctx, "a"); !found || string(entry.Value) != "one" || entry.Metadata != "" {
			t.Error(entry)
		}
		entries, err := kv.GetManyWithMetadata(ctx, "b", "none", "a")
		if err != nil || fmt.Sprint(entries[2]) != fmt.Sprint(want) || entries[1].Version != 0 || !entries[0].Expires.IsZero() || string(entries[0].Value) != "two" {
			t.Error(entries, err)
		}
		for _, values := range []bool{false, true} {
			entries, _, err := kv.Page(ctx, KVQuery{Metadata: true, Values: values})
			if err != nil || entries[0].Metadata != "[1]" || !entries[0].Expires.Equal(want.Expires) || entries[1].Metadata != "" || (string(entries[0].Value) == "one") != values {
				t.Error(entries, err)
			}
		}
		_, err = kv.Put(ctx, "a", nil, Metadata(strings.Repeat("m", 1025)))
		isError(t, err, ErrValueSize)
		var changes KVTransaction
		changes.Put("b", []byte("three"), Metadata("[3]"), later)
		changes.Put("a", nil)
		_, err = kv.Commit(ctx, &changes)
		isError(t, err, nil)
		if s.records["b"].metadata != "[3]" || s.records["b"].value != "three" || s.records["a"].metadata != "" {
			t.Error(s.records)
		}
	})
}

func TestKVBindings(t *testing.T) {
	withStore(t, func(ctx context.Context, kv KV, s *memoryStore) {
		carts := KV{Binding: "CARTS"}
		for _, each := range []KV{kv, carts, carts, kv, carts} {
			if _, err := each.Put(ctx, "a", nil); err != nil || s.binding != each.Binding {
				t.Error(s.binding, err)
			}
		}
		_, _, err := KV{Binding: "NONE"}.Get(ctx, "a")
		isError(t, err, ErrNoNamespace)
		if _, _, err := kv.Get(ctx, "a"); s.binding != "" || err != nil {
			t.Error(s.binding, err)
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
		if _, found, _ := kv.Get(ctx, "from"); found || s.records["to"] != (record{"v", version, 1000, ""}) {
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
