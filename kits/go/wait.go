package wasmworkers

import (
	"context"
	"os"
	"runtime"
	"slices"
	"time"
)

// Operations that are always there.
const (
	operationRead  = 0 // the next bytes of the request's body
	operationWrite = 1 // room for bytes of the answer's
)

// Go's scheduler waits for time, and only for it, when no goroutine can go on; the server's wait is for bodies,
// and stops all goroutines. So a goroutine that waits for a body gives way to the others, waits in the server for
// a moment, and so on: timers of other goroutines are late by that moment at the most, bytes never are. It grows
// with the time that was waited for nothing.
const (
	shortestMoment = time.Millisecond // what the server's clocks can tell
	longestMoment  = 4 * time.Millisecond
	// One goroutine keeps nobody waiting but functions of time.AfterFunc.
	momentAlone    = 16 * time.Millisecond
	momentFraction = 16 // of the time waited so far
)

// mostOperations is how many of the store are waited for at once; others have their turn when these are done.
const mostOperations = 1000

// waiter waits for the bodies, the key-value store and outgoing requests.
type waiter struct {
	waiting   [2]int // goroutines, for each operation
	deadlines [2]time.Time
	store     []uint32 // operations of the store and of outgoing requests
}

// pause waits until the operation may be ready: the caller tries again. It fails with os.ErrDeadlineExceeded.
func (w *waiter) pause(operation uint32) error {
	w.waiting[operation]++
	defer func() { w.waiting[operation]-- }()
	begin := time.Now()
	runtime.Gosched()
	for {
		moment := momentSince(begin)
		if deadline := w.deadlines[operation]; !deadline.IsZero() {
			left := time.Until(deadline)
			if left <= 0 {
				return os.ErrDeadlineExceeded
			}
			moment = min(moment, left)
		}
		if w.waitFor(moment) == int(operation) {
			return nil
		}
		// Timers that are due run now, and those who wait for the other operation.
		runtime.Gosched()
	}
}

// pauseForStore waits until something may have happened to an operation of the store, or of an outgoing request, that was
// begun then: the caller looks, and comes again. It fails when the context is done.
func (w *waiter) pauseForStore(ctx context.Context, operation uint32, begin time.Time) error {
	w.store = append(w.store, operation)
	defer func() {
		place := slices.Index(w.store, operation)
		w.store = slices.Delete(w.store, place, place+1)
	}()
	runtime.Gosched()
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	moment := momentSince(begin)
	if deadline, ok := ctx.Deadline(); ok {
		moment = min(moment, max(time.Until(deadline), 0))
	}
	w.waitFor(moment)
	return nil
}

// momentSince is how long to wait in the server for what is waited for since then.
func momentSince(begin time.Time) time.Duration {
	if runtime.NumGoroutine() > 1 {
		return min(max(time.Since(begin)/momentFraction, shortestMoment), longestMoment)
	}
	return momentAlone
}

// waitFor waits for the operations that goroutines wait for: the one that is ready, or -1 after the time.
func (w *waiter) waitFor(moment time.Duration) int {
	var few [8]uint32
	operations := few[:0]
	for operation, goroutines := range w.waiting {
		if goroutines > 0 {
			operations = append(operations, uint32(operation))
		}
	}
	operations = append(operations, w.store[:min(len(w.store), mostOperations)]...)
	timer := hostTimer(int64(moment))
	if timer >= 0 {
		operations = append(operations, uint32(timer))
	}
	ready := hostWait(&operations[0], uint32(len(operations)))
	if ready < 0 || operations[ready] == uint32(timer) {
		return -1
	}
	hostCancel(uint32(timer))
	return int(operations[ready])
}

// watchInterval is how often a client is looked after that nobody reads from or writes to.
const watchInterval = 100 * time.Millisecond

// watch cancels the request's context when the server says that the client left.
func (e *exchange) watch() {
	e.watcher = time.AfterFunc(watchInterval, func() {
		if hostResponseBodyWrite(nil, 0) == codeClosed {
			e.clientLeft()
		} else {
			e.watch()
		}
	})
}
