package wasmworkers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
	"unsafe"
)

// Errors of [Transport], for [errors.Is]. ErrUnavailable, ErrInvalid and ErrClientLeft may come too.
var (
	// ErrNotAllowed: the worker may not send it there, or so; or it may send none ([features.http_requests] of its TOML).
	ErrNotAllowed = errors.New("wasmworkers: the request may not be sent")
	// ErrUnreachable: no such name, or nobody answers there.
	ErrUnreachable = errors.New("wasmworkers: nobody answers there")
	// ErrTLS: there is no secure connection to who it should be.
	ErrTLS = errors.New("wasmworkers: no secure connection")
	// ErrTimeout: a time limit of the server. Its Timeout method is true.
	ErrTimeout error = timeoutError{}
	// ErrRedirect: an answer that leads elsewhere and cannot be followed.
	ErrRedirect = errors.New("wasmworkers: a redirect that is not followed")
	// ErrLoop: requests go round through this server.
	ErrLoop = errors.New("wasmworkers: requests go round")
	// ErrTooLarge: a body or head above its limit.
	ErrTooLarge = errors.New("wasmworkers: a body or head that is too large")
	// ErrBroken: the other side broke off, or does not speak HTTP.
	ErrBroken = errors.New("wasmworkers: the other side broke off")
	// ErrTooManyRequests: more than the worker may send.
	ErrTooManyRequests = errors.New("wasmworkers: too many requests")
)

type timeoutError struct{}

func (timeoutError) Error() string { return "wasmworkers: it took too long" }
func (timeoutError) Timeout() bool { return true }

var fetchErrors = map[int32]error{
	codeClosed:  ErrClientLeft,
	codeInvalid: ErrInvalid,
	codeAbsent:  ErrNotAllowed,
	codeLimit:   ErrTooManyRequests,
	-9:          ErrUnavailable,
	-18:         ErrNotAllowed,
	-19:         ErrUnreachable,
	-20:         ErrTLS,
	-21:         ErrTimeout,
	-22:         ErrRedirect,
	-23:         ErrLoop,
	-24:         ErrTooLarge,
	-25:         ErrBroken,
	-26:         ErrTooManyRequests,
}

// Transport sends requests to where [features.http_requests] of the worker's TOML file allows. Its zero value is ready.
// One line makes it that of http.Get and of all who use the default client:
//
//	http.DefaultClient.Transport = wasmworkers.Transport{}
//	response, err := http.Get("https://api.example.com/today")
//
// It is not set by itself: a worker that sends nothing would be half as large again.
//
// Bodies stream both ways, and other goroutines run meanwhile: requests of several goroutines overlap. When the context of
// a request is done, or its answer's body is closed, it is broken off. Encodings of bodies, such as gzip, are not undone.
//
// Redirects are followed by [http.Client] as everywhere in Go, each as a request of its own, of which the server checks
// where it goes.
type Transport struct{}

// A request that streams, and follows no redirect: http.Client does.
const (
	fetchBodyStreams    = 1
	fetchRedirectManual = 2
)

// RoundTrip implements [http.RoundTripper].
func (Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	flags := uint32(fetchRedirectManual)
	if body != http.NoBody {
		flags |= fetchBodyStreams
	}
	head := fetchHead(r, body != http.NoBody)
	code := hostFetchStart(unsafe.SliceData(head), uint32(len(head)), nil, 0, flags)
	if code < 0 {
		body.Close()
		return nil, fetchFailed(code, 0)
	}
	f := &fetch{operation: uint32(code), ctx: r.Context()}
	if body == http.NoBody {
		return f.response(r)
	}
	uploaded := make(chan error, 1)
	go func() { uploaded <- f.upload(body) }()
	response, err := f.response(r)
	select {
	case uploadErr := <-uploaded:
		// What makes the body failed: that is why there is no answer.
		if err != nil && uploadErr != nil {
			return nil, uploadErr
		}
	default:
	}
	return response, err
}

// fetchHead is what the server asks for: method and URL with their lengths, and the header fields.
func fetchHead(r *http.Request, hasBody bool) []byte {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	target := *r.URL
	target.Fragment, target.User = "", nil
	head := fetchAppend(nil, method, target.String())
	for name, values := range r.Header {
		for _, value := range values {
			head = fetchAppend(head, name, value)
		}
	}
	if hasBody && r.ContentLength > 0 {
		head = fetchAppend(head, "content-length", strconv.FormatInt(r.ContentLength, 10))
	}
	return head
}

// fetchAppend appends an entry of a list.
func fetchAppend(list []byte, name, value string) []byte {
	list = binary.LittleEndian.AppendUint32(list, uint32(len(name)))
	list = binary.LittleEndian.AppendUint32(list, uint32(len(value)))
	return append(append(list, name...), value...)
}

// fetchFailed is the error for a code; operation: the request, which knows more, or 0.
func fetchFailed(code int32, operation uint32) error {
	kind := fetchErrors[code]
	if kind == nil {
		kind = ErrBroken
	}
	if operation != 0 {
		words, ok := appendFrom(make([]byte, 0, 256), func(buffer *byte, capacity uint32) int32 {
			return hostFetchError(operation, buffer, capacity)
		})
		if ok {
			return fmt.Errorf("%w: %s", kind, words)
		}
	}
	return kind
}

// fetch is a request that was sent, and its answer. As a reader it is the answer's body.
type fetch struct {
	operation uint32
	ctx       context.Context
	isOver    bool  // the server knows it no more
	err       error // at which the body stays
}

// end breaks off what is under way.
func (f *fetch) end() {
	if !f.isOver {
		f.isOver = true
		hostCancel(f.operation)
	}
}

// over is why the request is over.
func (f *fetch) over() error {
	if f.ctx.Err() != nil {
		return context.Cause(f.ctx)
	}
	return http.ErrBodyReadAfterClose
}

// do calls a function of the server until it answers something else than that it is to be waited for; operation says for
// what.
func (f *fetch) do(function func() int32, operation func() (uint32, func())) (int32, error) {
	begin := time.Now()
	for {
		if f.isOver {
			return 0, f.over()
		}
		if f.ctx.Err() != nil {
			f.end()
			return 0, f.over()
		}
		code := function()
		switch {
		case code >= 0:
			return code, nil
		case code != codeAgain:
			if code == codeClosed {
				current.clientLeft()
			}
			return code, fetchFailed(code, f.operation)
		}
		current.flushIfIdle()
		number, done := operation()
		err := current.waiter.pauseForStore(f.ctx, number, begin)
		done()
		if err != nil {
			f.end()
			return 0, err
		}
	}
}

// news is the operation of the request itself.
func (f *fetch) news() (uint32, func()) { return f.operation, func() {} }

// room is one for room for the request's body.
func (f *fetch) room() (uint32, func()) {
	number := hostFetchRoom(f.operation)
	if number < 0 {
		return f.operation, func() {}
	}
	return uint32(number), func() { hostCancel(uint32(number)) }
}

// upload sends the request's body as it is made.
func (f *fetch) upload(body io.ReadCloser) error {
	defer body.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := body.Read(buffer)
		for piece := buffer[:n]; len(piece) > 0; {
			taken, err := f.do(func() int32 {
				return hostFetchBodyWrite(f.operation, &piece[0], uint32(len(piece)))
			}, f.room)
			if err != nil {
				return nil // it failed: who asks for the answer is told
			}
			piece = piece[taken:]
		}
		switch {
		case err == io.EOF:
			if !f.isOver {
				hostFetchBodyEnd(f.operation)
			}
			return nil
		case err != nil:
			f.end()
			return err
		}
	}
}

// response waits for the head of the answer.
func (f *fetch) response(r *http.Request) (*http.Response, error) {
	status, err := f.do(func() int32 { return hostFetchStatus(f.operation) }, f.news)
	if err != nil {
		f.end()
		return nil, err
	}
	list, _ := appendFrom(make([]byte, 0, 2048), func(buffer *byte, capacity uint32) int32 {
		return hostFetchHeaders(f.operation, buffer, capacity)
	})
	response := &http.Response{
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(int(status))),
		StatusCode: int(status),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     make(http.Header, count(list)),
		Body:       f,
		Request:    r,

		ContentLength: -1,
	}
	for name, value := range entries(list) {
		response.Header.Add(string(name), string(value))
	}
	if length, err := strconv.ParseInt(response.Header.Get("Content-Length"), 10, 64); err == nil {
		response.ContentLength = length
	}
	if r.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified {
		response.Body = http.NoBody
		f.end()
	}
	return response, nil
}

// Read waits for bytes of the answer's body; other goroutines run meanwhile.
func (f *fetch) Read(p []byte) (int, error) {
	if f.err != nil || len(p) == 0 {
		return 0, f.err
	}
	n, err := f.do(func() int32 { return hostFetchBodyRead(f.operation, &p[0], uint32(min(len(p), 1<<30))) }, f.news)
	if err == nil && n == 0 {
		err = io.EOF
	}
	if err != nil {
		f.err = err
		f.end()
		return 0, err
	}
	return int(n), nil
}

// Close breaks off what was not read.
func (f *fetch) Close() error {
	if f.err == nil {
		f.err = http.ErrBodyReadAfterClose
	}
	f.end()
	return nil
}
