package wasmworkers

import (
	"encoding/binary"
	"iter"
	"slices"
	"unsafe"
)

// Fields of request_get.
const (
	fieldMethod   = 0
	fieldURL      = 1
	fieldPath     = 2
	fieldQuery    = 3
	fieldPeer     = 4
	fieldID       = 5
	fieldSentPath = 6
)

// What functions of the server return besides counts.
const (
	codeAgain   = -1
	codeClosed  = -2
	codeInvalid = -3
	codeState   = -4
	codeAbsent  = -5
	codeLimit   = -6
)

// appendFrom appends what get, a function of the server, fills a buffer with; false, and nothing, when there is
// none.
func appendFrom(buffer []byte, get func(buffer *byte, capacity uint32) int32) ([]byte, bool) {
	for {
		spare := buffer[len(buffer):cap(buffer)]
		n := int(get(unsafe.SliceData(spare), uint32(len(spare))))
		switch {
		case n < 0:
			return buffer, false
		case n <= len(spare):
			return buffer[:len(buffer)+n], true
		}
		buffer = slices.Grow(buffer, n)
	}
}

// appendField appends a field of the request.
func appendField(buffer []byte, field uint32) ([]byte, bool) {
	return appendFrom(buffer, func(buffer *byte, capacity uint32) int32 {
		return hostRequestGet(field, buffer, capacity)
	})
}

// entries are the names and values of a list as docs/abi.md defines it. They are parts of the list.
func entries(list []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := list; len(rest) >= 8; {
			name := int(binary.LittleEndian.Uint32(rest))
			value := int(binary.LittleEndian.Uint32(rest[4:]))
			rest = rest[8:]
			if !yield(rest[:name:name], rest[name:name+value:name+value]) {
				return
			}
			rest = rest[name+value:]
		}
	}
}

// count is the number of entries of a list.
func count(list []byte) int {
	n := 0
	for range entries(list) {
		n++
	}
	return n
}

func toMap(list iter.Seq2[[]byte, []byte]) map[string]string {
	all := make(map[string]string)
	for name, value := range list {
		all[string(name)] = string(value)
	}
	return all
}

// text is a string that shares its bytes with b, which must not change any more.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// slice is the bytes that a pointer and a length stand for.
func slice[T any](first *T, length uint32) []T { return unsafe.Slice(first, length) }
