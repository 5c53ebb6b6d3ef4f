// Package wasmworkers runs an [http.Handler] as a worker of wws, a server that starts a fresh WebAssembly
// instance for every request.
//
//	package main
//
//	import (
//		"fmt"
//		"net/http"
//		wasmworkers "git.example.org/wws/wws/kits/go/v2"
//	)
//
//	func init() { wasmworkers.HandleFunc(hello) }
//
//	func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }
//
//	func main() {} // does not run
//
// Build it as a reactor:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o hello.wasm .
//
// Initialisation of packages, init functions included, does not depend on the request: the server may do it once
// and give the memory that it leaves to every instance. Then the handler is called, for one request; when it
// returns the instance ends, with all goroutines. Package variables do not outlive the request.
//
// Goroutines, timers, contexts and crypto/rand work as everywhere, on one thread. There are no files, no sockets
// and no other processes.
package wasmworkers

import (
	"errors"
	"net/http"
	"os"
)

// ErrClientLeft is the error of reads of the request's body and of writes of the answer after the client closed
// the connection, and the cause of the request's context being cancelled then (see [context.Cause]).
var ErrClientLeft = errors.New("wasmworkers: the client left")

var (
	handler     http.Handler
	resumeHooks []func()
)

// Handle makes h answer the requests. Call it once, from an init function.
//
// The request is as net/http's server gives it, with these differences: Proto is always HTTP/1.1, TLS is nil (see
// [RequestURL] for the scheme), and the port in RemoteAddr is 0. Parameters of the route are in
// [http.Request.PathValue]; [Params] has all of them. The context is cancelled when a read or a write fails because
// the client left, or the server says so meanwhile.
//
// The ResponseWriter implements [http.Flusher], [io.StringWriter] and [io.ReaderFrom], and works with
// [http.ResponseController] except for Hijack. As in net/http, small writes are gathered until Flush, and a
// missing Content-Type is found from the first bytes. The head leaves with the first byte of the body: Flush
// before it sends nothing. Status codes below 200 and trailers are not sent.
//
// Newlines in values of headers become blanks, as in net/http. A field that HTTP does not allow is left out,
// and the log says so.
//
// A panic that is not recovered ends the instance, with its message and stack in the log: the client gets status
// 500, or an answer that breaks off if its beginning was sent. [http.ErrAbortHandler] does the same without the
// stack.
func Handle(h http.Handler) {
	if h == nil {
		panic("wasmworkers: Handle: the handler is nil")
	}
	if handler != nil {
		panic("wasmworkers: Handle: there is a handler already")
	}
	handler = h
}

// HandleFunc is [Handle] for a function.
func HandleFunc(f func(http.ResponseWriter, *http.Request)) { Handle(http.HandlerFunc(f)) }

// OnResume has f called in every instance before the handler. What an init function made of random numbers,
// of the environment or of the time is the same in all instances; f is the place to make it anew. The kit itself
// renews the environment and Go's random generators before the first f.
func OnResume(f func()) { resumeHooks = append(resumeHooks, f) }

// Params returns the parameters of the route, decoded: for api/[id].wasm the value of "id".
func Params() map[string]string { return toMap(entries(current.params)) }

// Vars returns the variables of the worker: [vars] of its TOML file. They are in [os.Getenv] too. Not before the
// handler runs, or the instance ends.
func Vars() map[string]string {
	list, _ := appendFrom(nil, hostRequestVars)
	return toMap(entries(list))
}

// RequestID returns the id of the request as in the server's log.
func RequestID() string {
	id, _ := appendField(nil, fieldID)
	return string(id)
}

// RequestURL returns the whole URL as the server was asked for it: with scheme and host, unless the project says
// otherwise.
func RequestURL() string {
	url, _ := appendField(nil, fieldURL)
	return string(url)
}

// Finish completes the answer: the client has all of it, and the handler may go on with what the client need not
// wait for. Writes after it fail.
func Finish() error { return current.finish() }

// resume is called by the server in every instance, before serve.
func resume() {
	resumeLanguage()
	for _, f := range resumeHooks {
		f()
	}
}

// serve is called by the server for the request.
func serve() {
	if handler == nil {
		panic("wasmworkers: no handler; call wasmworkers.Handle in an init function")
	}
	if aborted := current.serve(handler); aborted {
		// Nothing but an end of the instance cuts an answer off.
		os.Exit(1)
	}
}
