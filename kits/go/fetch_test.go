package wasmworkers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	firstFetch = 5000
	firstRoom  = 9000
)

// sent is a request that the network got, and how far it is.
type sent struct {
	method, url string
	fields      http.Header
	body        string
	isWhole     bool
	taken       int // of the body by the server
	answer      string
	unready     bool
	room        int
}

// memoryNetwork answers with a status and what was asked.
type memoryNetwork struct {
	absent  bool // the worker may send none
	slow    bool // all has to be waited for
	hangs   bool // nothing comes
	fails   int32
	status_ int32
	fetches map[uint32]*sent
	rooms   map[uint32]uint32
	all     []*sent
	last    uint32
}

func (n *memoryNetwork) start(head, body []byte, flags uint32) int32 {
	if n.absent {
		return codeAbsent
	}
	s := &sent{fields: http.Header{}, body: string(body), isWhole: flags&fetchBodyStreams == 0, unready: n.slow}
	first := true
	for name, value := range entries(head) {
		if first {
			s.method, s.url, first = string(name), string(value), false
		} else {
			s.fields.Add(string(name), string(value))
		}
	}
	n.last++
	n.fetches[firstFetch+n.last] = s
	n.all = append(n.all, s)
	return firstFetch + int32(n.last)
}

// of is a request about which there is something to be told, or a code.
func (n *memoryNetwork) of(fetch uint32) (*sent, int32) {
	s, ok := n.fetches[fetch]
	switch {
	case !ok:
		return nil, codeInvalid
	case s.unready || !s.isWhole || n.hangs:
		return nil, codeAgain
	case n.fails != 0:
		return nil, n.fails
	}
	return s, 0
}

func (n *memoryNetwork) status(fetch uint32) int32 {
	s, code := n.of(fetch)
	if code < 0 {
		return code
	}
	s.answer = s.method + " " + s.url + "\n" + s.body
	return n.status_
}

func (n *memoryNetwork) headers(fetch uint32, buffer []byte) int32 {
	return fill(buffer, string(list("x-a", "1", "x-a", "2", "location", "/there")))
}

func (n *memoryNetwork) url(fetch uint32, buffer []byte) int32 {
	return fill(buffer, n.fetches[fetch].url)
}

func (n *memoryNetwork) error(fetch uint32, buffer []byte) int32 {
	if n.fails == 0 {
		return codeAbsent
	}
	return fill(buffer, "of yesterday")
}

func (n *memoryNetwork) read(fetch uint32, buffer []byte) int32 {
	s, code := n.of(fetch)
	if code < 0 {
		return code
	}
	piece := s.answer
	if n.slow {
		piece = piece[:min(7, len(piece))]
	}
	taken := copy(buffer, piece)
	s.answer = s.answer[taken:]
	s.unready = n.slow && taken > 0
	return int32(taken)
}

func (n *memoryNetwork) write(fetch uint32, bytes []byte) int32 {
	s, ok := n.fetches[fetch]
	if !ok {
		return codeInvalid
	}
	if n.slow {
		if s.room == 0 {
			return codeAgain
		}
		bytes = bytes[:min(s.room, len(bytes))]
		s.room -= len(bytes)
	}
	s.body += string(bytes)
	return int32(len(bytes))
}

func (n *memoryNetwork) end(fetch uint32) int32 {
	n.fetches[fetch].isWhole = true
	return 0
}

func (n *memoryNetwork) room(fetch uint32) int32 {
	n.last++
	n.rooms[firstRoom+n.last] = fetch
	return firstRoom + int32(n.last)
}

func (n *memoryNetwork) cancel(operation uint32) {
	delete(n.fetches, operation)
	delete(n.rooms, operation)
}

// ready is what is waited for: the last that can be, which is not always the first that asks.
func (n *memoryNetwork) ready(operations []uint32) int32 {
	for place := len(operations) - 1; place >= 0; place-- {
		operation := operations[place]
		if fetch, ok := n.rooms[operation]; ok {
			n.fetches[fetch].room = 7
			return int32(place)
		}
		if s := n.fetches[operation]; s != nil && s.isWhole && !n.hangs {
			s.unready = false
			return int32(place)
		}
	}
	time.Sleep(100 * time.Microsecond)
	return int32(len(operations)) - 1
}

// withNetwork runs a function as a handler, once with a network that answers at once and once with a slow one.
func withNetwork(t *testing.T, run func(c *http.Client, n *memoryNetwork, r *http.Request)) {
	t.Helper()
	for _, slow := range []bool{false, true} {
		n := &memoryNetwork{slow: slow, status_: 201, fetches: map[uint32]*sent{}, rooms: map[uint32]uint32{}}
		f := get()
		f.network, f.ready = n, n.ready
		f.serve(t, func(w http.ResponseWriter, r *http.Request) { run(&http.Client{Transport: Transport{}}, n, r) })
		if len(n.fetches) > 0 || len(n.rooms) > 0 || len(current.waiter.store) > 0 {
			t.Errorf("%d requests, %d rooms and %d waits are left", len(n.fetches), len(n.rooms), len(current.waiter.store))
		}
	}
}

func whole(t *testing.T, response *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

func TestRequestsHaveAnswers(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, _ *http.Request) {
		r, _ := http.NewRequest("PUT", "http://up/a?b=c#d", strings.NewReader("the body of the request"))
		r.Header.Set("X-Kind", "test")
		response, err := c.Do(r)
		if got := whole(t, response, err); got != "PUT http://up/a?b=c\nthe body of the request" {
			t.Errorf("%q", got)
		}
		if response.StatusCode != 201 || response.Status != "201 Created" || len(response.Header["X-A"]) != 2 {
			t.Error(response)
		}
		if s := n.all[0]; s.fields.Get("x-kind") != "test" || s.fields.Get("content-length") != "23" {
			t.Error(s.fields)
		}
		response, err = c.Head("http://up/")
		if got := whole(t, response, err); got != "" {
			t.Errorf("%q", got)
		}
		response, err = c.Get("http://up/")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close() // not read
		if _, err := response.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose {
			t.Error(err)
		}
	})
}

func TestBodiesAreSentAsTheyAreMade(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, _ *http.Request) {
		reader, writer := io.Pipe()
		go func() {
			for range 5 {
				io.WriteString(writer, "piece by piece ")
			}
			writer.Close()
		}()
		response, err := c.Post("http://up/", "text/plain", reader)
		if got := whole(t, response, err); got != "POST http://up/\n"+strings.Repeat("piece by piece ", 5) {
			t.Errorf("%q", got)
		}
	})
}

var errOfBody = errors.New("no more")

func TestABodyThatFails(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, _ *http.Request) {
		reader, writer := io.Pipe()
		go writer.CloseWithError(errOfBody)
		_, err := c.Post("http://up/", "text/plain", reader)
		isError(t, err, errOfBody)
	})
}

func TestRedirectsAreTheClients(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, _ *http.Request) {
		n.status_ = 302
		c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
			n.status_ = 200
			return nil
		}
		response, err := c.Get("http://up/here")
		if got := whole(t, response, err); got != "GET http://up/there\n" || response.Request.URL.Path != "/there" {
			t.Errorf("%q", got)
		}
	})
}

func TestRequestsOverlap(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, _ *http.Request) {
		var group sync.WaitGroup
		most := 0
		for range 10 {
			group.Add(1)
			go func() {
				defer group.Done()
				response, err := c.Get("http://up/")
				most = max(most, len(n.fetches))
				whole(t, response, err)
			}()
		}
		group.Wait()
		if n.slow && most < 10 {
			t.Errorf("%d at once", most)
		}
	})
}

func TestContextsEndRequests(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, r *http.Request) {
		n.hangs = true
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Millisecond)
		defer cancel()
		request, _ := http.NewRequestWithContext(ctx, "GET", "http://up/", nil)
		_, err := c.Do(request)
		isError(t, err, context.DeadlineExceeded)
		ctx, cancel = context.WithCancel(context.Background())
		go cancel()
		request, _ = http.NewRequestWithContext(ctx, "GET", "http://up/", nil)
		_, err = c.Do(request)
		isError(t, err, context.Canceled)
	})
}

func TestErrorsOfRequests(t *testing.T) {
	withNetwork(t, func(c *http.Client, n *memoryNetwork, _ *http.Request) {
		for code, want := range fetchErrors {
			if code == codeClosed {
				continue
			}
			n.fails = code
			_, err := c.Get("http://up/")
			isError(t, err, want)
			if err != nil && !strings.HasSuffix(err.Error(), "of yesterday") {
				t.Error(err)
			}
		}
		n.absent = true
		_, err := c.Get("http://up/")
		isError(t, err, ErrNotAllowed)
	})
	if !ErrTimeout.(interface{ Timeout() bool }).Timeout() {
		t.Error("a time limit is none")
	}
}
