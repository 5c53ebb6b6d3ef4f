package wasmworkers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// exchange is one request and the answer to it.
type exchange struct {
	response
	body    requestBody
	waiter  waiter
	context requestContext
	watcher *time.Timer // looks after the client if somebody wants to know; else nil
	left    bool        // the client
	params  []byte      // of the route, a list
}

// An instance has one exchange. So what strings of the request are made of, and what is held of the answer, has
// its place once and for all.
var (
	current       exchange
	requestSpace  [4096]byte
	responseSpace [4096]byte
)

// serve has h answer the request. True: h wants the answer to be broken off.
func (e *exchange) serve(h http.Handler) (aborted bool) {
	r, err := e.receive()
	if err != nil {
		http.Error(e, "400 Bad Request: "+err.Error(), http.StatusBadRequest)
		e.end()
		return false
	}
	defer func() {
		if cause := recover(); cause == http.ErrAbortHandler {
			aborted = true
		} else if cause != nil {
			panic(cause)
		}
	}()
	h.ServeHTTP(e, r)
	e.end()
	if e.watcher != nil {
		e.watcher.Stop()
	}
	return false
}

// receive asks the server for the request. An error: its URL is none.
func (e *exchange) receive() (*http.Request, error) {
	var parts requestParts
	space, _ := appendField(requestSpace[:0], fieldMethod)
	parts.method = text(space)

	begin := len(space)
	space, isTold := appendField(space, fieldSentPath)
	if !isTold {
		space, _ = appendField(space, fieldPath)
	}
	pathEnd := len(space)
	space, hasQuery := appendField(append(space, '?'), fieldQuery)
	if !hasQuery {
		space = space[:pathEnd]
	}
	parts.target = text(space[begin:])

	begin = len(space)
	space, _ = appendField(space, fieldPeer)
	parts.peer = text(space[begin:])

	begin = len(space)
	space, _ = appendFrom(space, hostRequestHeaders)
	parts.fields = space[begin:]

	r, err := e.newRequest(parts)
	if err != nil {
		return nil, err
	}
	if r.Host == "" {
		if whole, err := url.Parse(RequestURL()); err == nil {
			r.Host = whole.Host // HTTP/2 has no field for it
		}
	}
	e.body.describe(r)

	begin = len(space)
	space, _ = appendFrom(space, hostRequestParams)
	e.params = space[begin:]
	for name, value := range entries(e.params) {
		r.SetPathValue(text(name), text(value))
	}
	return r, nil
}

// requestParts is what the server says of a request. The request keeps and changes it.
type requestParts struct {
	method, target, peer string
	fields               []byte // a list
}

// newRequest is the request as net/http gives it, yet without a body.
func (e *exchange) newRequest(parts requestParts) (*http.Request, error) {
	e.response.exchange = e
	e.body.exchange = e
	e.context.exchange = e
	r := (&http.Request{
		Method:     parts.method,
		RequestURI: parts.target,
		RemoteAddr: parts.peer,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
	}).WithContext(&e.context)
	var err error
	if r.URL, err = url.ParseRequestURI(parts.target); err != nil {
		return nil, err
	}
	if strings.ContainsAny(parts.peer, ".:") {
		r.RemoteAddr = net.JoinHostPort(parts.peer, "0")
	}
	takeFields(r, parts.fields)
	return r, nil
}

// rehearse makes a request and throws it away: what is done once, such as the search for methods when the answer
// becomes an io.Writer, is then in the memory that instances begin with.
func rehearse() {
	e := &current
	fields := []byte("\x01\x00\x00\x00\x01\x00\x00\x00ab\x01\x00\x00\x00\x01\x00\x00\x00ba")
	_, _ = e.newRequest(requestParts{"GET", "/a?b", "127.0.0.1", fields})
	e.Header().Set("Content-Type", http.DetectContentType(nil))
	var w http.ResponseWriter = e
	_, _ = w.(io.StringWriter)
	_, _ = w.(io.ReaderFrom)
	_, _ = w.(http.Flusher)
	fmt.Fprint(io.Discard, w.(io.Writer) != nil)
	*e = exchange{}
}

// takeFields makes the header of the request from the list of its fields, which it keeps and changes.
func takeFields(r *http.Request, list []byte) {
	n := count(list)
	r.Header = make(http.Header, n)
	values := make([]string, n) // one allocation for the values of all fields
	for name, value := range entries(list) {
		canonicalize(name)
		key := text(name)
		if key == "Host" && r.Host == "" {
			r.Host = text(value)
			continue
		}
		if previous, ok := r.Header[key]; ok {
			r.Header[key] = append(previous, text(value))
			continue
		}
		values[0] = text(value)
		r.Header[key], values = values[:1:1], values[1:]
	}
}

// canonicalize gives the name of a field, in lower case, the form of http.CanonicalHeaderKey.
func canonicalize(name []byte) {
	begins := true
	for i, c := range name {
		if begins && 'a' <= c && c <= 'z' {
			name[i] = c - ('a' - 'A')
		}
		begins = c == '-'
	}
}

// requestBody is the body of the request.
type requestBody struct {
	exchange *exchange
	peeked   []byte // read by describe
	err      error  // at which it stays
}

// describe gives the request its body and what is known of its length.
func (b *requestBody) describe(r *http.Request) {
	r.Body = b
	r.ContentLength = -1
	if coding, ok := r.Header["Transfer-Encoding"]; ok {
		r.TransferEncoding = coding
		delete(r.Header, "Transfer-Encoding")
		return
	}
	if length, ok := r.Header["Content-Length"]; ok {
		if n, err := strconv.ParseInt(length[0], 10, 64); err == nil {
			r.ContentLength = n
		}
	} else {
		// Without a length there may be no body, or in HTTP/2 one that is still made: a look tells.
		var first [64]byte
		switch n := hostRequestBodyRead(&first[0], uint32(len(first))); {
		case n > 0:
			b.peeked = bytes.Clone(first[:n])
		case n == 0:
			r.ContentLength = 0
		}
	}
	if r.ContentLength == 0 {
		r.Body = http.NoBody
	}
}

// Read waits for bytes of the body; other goroutines run meanwhile. What was written of the answer and is still
// held goes out first: the client may wait for it before it sends more.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if len(b.peeked) > 0 {
		n := copy(p, b.peeked)
		b.peeked = b.peeked[n:]
		return n, nil
	}
	for {
		n := hostRequestBodyRead(&p[0], uint32(min(len(p), 1<<30)))
		switch {
		case n > 0:
			return int(n), nil
		case n == 0:
			b.err = io.EOF
			return 0, io.EOF
		case n == codeAgain:
			b.exchange.flushIfIdle()
			if err := b.exchange.waiter.pause(operationRead); err != nil {
				return 0, err
			}
		default:
			b.exchange.clientLeft()
			b.err = ErrClientLeft
			return 0, ErrClientLeft
		}
	}
}

// Close is there for io.ReadCloser: what is not read is the server's to throw away.
func (b *requestBody) Close() error {
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
	}
	return nil
}

// clientLeft is called at the first sign that the connection is closed.
func (e *exchange) clientLeft() {
	e.left = true
	e.context.begin()
	e.context.cancel(ErrClientLeft)
}

// requestContext is the context of the request. Few handlers ask for it: it begins to exist, and to look after the
// client, when somebody wants to know.
type requestContext struct {
	exchange *exchange
	inner    context.Context // nil until then
	cancel   context.CancelCauseFunc
}

func (c *requestContext) begin() context.Context {
	if c.inner == nil {
		c.inner, c.cancel = context.WithCancelCause(context.Background())
	}
	return c.inner
}

func (c *requestContext) Done() <-chan struct{} {
	done := c.begin().Done()
	if c.exchange.watcher == nil {
		c.exchange.watch()
	}
	return done
}

func (c *requestContext) Err() error {
	if c.inner == nil {
		return nil
	}
	return c.inner.Err()
}

// Value finds the inner context, for package context.
func (c *requestContext) Value(key any) any {
	if c.inner == nil {
		return nil
	}
	return c.inner.Value(key)
}

func (c *requestContext) Deadline() (deadline time.Time, ok bool) { return }
