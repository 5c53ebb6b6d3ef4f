package wasmworkers

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"unsafe"
)

// The memory after initialisation may be given to many instances, and with it two things that Go's runtime made
// at its start: its random generator, and its copy of the environment. resumeLanguage makes both anew.

var (
	// The numbers and the seed of the runtime's generator; nil: not found.
	generator *generatorState
	// As WASI gave it when the runtime copied it: "NAME=VALUE" with a zero behind each.
	environment []byte
)

func init() {
	rehearse()
	generator = findGenerator()
	if generator == nil {
		Log(slog.LevelWarn, "wasmworkers: this version of Go keeps its random generator elsewhere: with a "+
			"snapshot, math/rand and the seeds of maps are the same in all instances")
	}
	environment = readEnvironment()
}

func resumeLanguage() {
	if generator != nil {
		hostRandom(unsafe.Pointer(generator), uint32(unsafe.Offsetof(generator.next)))
	}
	if now := readEnvironment(); !bytes.Equal(now, environment) {
		setEnvironment(environment, now)
		environment = now
	}
}

// generatorState is internal/chacha8rand.State, from which come math/rand, the seeds of maps, and hash/maphash.
type generatorState struct {
	numbers [32]uint64
	seed    [4]uint64 // of those that follow
	next    uint32    // of numbers
	end     uint32    // of numbers
	counter uint32
}

// currentG is the runtime's record of the goroutine.
func currentG() unsafe.Pointer

// findGenerator looks for the generator. The runtime has no function to seed it, and forbids to link to its
// variables. But it is a part of the record of the thread (type m), to which that of every goroutine (type g)
// points, and the numbers that it just gave out are still in it. Nothing is taken for it that does not hold two of
// them in sequence, and around them what the type above says.
func findGenerator() *generatorState {
	const (
		threadOffset = 48   // of the pointer to m in g
		threadSize   = 4096 // more than m has
	)
	g := currentG()
	thread := *(*unsafe.Pointer)(unsafe.Add(g, threadOffset))
	// The thread is a variable of the runtime: those are below the heap.
	heap := uintptr(unsafe.Pointer(new(int64)))
	if uintptr(thread)%8 != 0 || uintptr(thread) < threadSize || uintptr(thread)+threadSize > heap {
		return nil
	}
	for range 3 { // it may fill up again between two numbers, not twice
		first, second := rand.Uint64(), rand.Uint64()
		for offset := uintptr(0); offset+unsafe.Sizeof(generatorState{}) <= threadSize; offset += 8 {
			state := (*generatorState)(unsafe.Add(thread, offset))
			next := state.next
			if next >= 2 && next <= state.end && state.end <= 32 && state.counter <= 16 &&
				state.numbers[next-2] == first && state.numbers[next-1] == second {
				return state
			}
		}
	}
	return nil
}

// readEnvironment is nil when there is none.
func readEnvironment() []byte {
	var count, size uint32
	if wasiEnvironSizesGet(&count, &size) != 0 || count == 0 {
		return nil
	}
	pointers := make([]uint32, count)
	entries := make([]byte, size)
	if wasiEnvironGet(&pointers[0], &entries[0]) != 0 {
		return nil
	}
	return entries
}

// setEnvironment replaces what the environment had by what it has. What the worker set itself stays.
func setEnvironment(old, now []byte) {
	for entry := range strings.SplitSeq(string(old), "\x00") {
		if name, _, ok := strings.Cut(entry, "="); ok {
			os.Unsetenv(name)
		}
	}
	for entry := range strings.SplitSeq(string(now), "\x00") {
		if name, value, ok := strings.Cut(entry, "="); ok {
			os.Setenv(name, value)
		}
	}
}
