package wasmworkers

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// fake is a server with one request, and what became of it.
type fake struct {
	fields  map[uint32]string
	headers []byte
	params  []byte
	vars    []byte
	// What request_body_read answers one after the other: "" is AGAIN, and behind them is the end.
	body []string
	// How many bytes response_body_write takes, one after the other: 0 is AGAIN; behind them it takes all.
	room   []int
	closed bool

	status    int32
	answered  []string // header fields
	written   string
	finished  bool
	lines     []string
	waits     [][]uint32
	lastTimer int32
	ready     func(operations []uint32) int32
	store     store
	network   network
}

func list(pairs ...string) []byte {
	var encoded []byte
	for i := 0; i < len(pairs); i += 2 {
		encoded = binary.LittleEndian.AppendUint32(encoded, uint32(len(pairs[i])))
		encoded = binary.LittleEndian.AppendUint32(encoded, uint32(len(pairs[i+1])))
		encoded = append(append(encoded, pairs[i]...), pairs[i+1]...)
	}
	return encoded
}

func fill(buffer []byte, whole string) int32 {
	if len(whole) <= len(buffer) {
		copy(buffer, whole)
	}
	return int32(len(whole))
}

func (f *fake) server() *server {
	return &server{
		requestGet: func(field uint32, buffer []byte) int32 {
			if value, ok := f.fields[field]; ok {
				return fill(buffer, value)
			}
			return codeAbsent
		},
		requestHeaders: func(buffer []byte) int32 { return fill(buffer, string(f.headers)) },
		requestParams:  func(buffer []byte) int32 { return fill(buffer, string(f.params)) },
		requestVars:    func(buffer []byte) int32 { return fill(buffer, string(f.vars)) },
		requestBodyRead: func(buffer []byte) int32 {
			if f.closed {
				return codeClosed
			}
			if len(f.body) == 0 {
				return 0
			}
			if f.body[0] == "" {
				f.body = f.body[1:]
				return codeAgain
			}
			n := copy(buffer, f.body[0])
			if f.body[0] = f.body[0][n:]; f.body[0] == "" {
				f.body = f.body[1:]
			}
			return int32(n)
		},
		responseStatus: func(status int32) int32 { f.status = status; return 0 },
		responseHeader: func(name, value string) int32 {
			if strings.Contains(value, "\x01") {
				return codeInvalid
			}
			f.answered = append(f.answered, name+": "+value)
			return 0
		},
		responseBodyWrite: func(bytes []byte) int32 {
			if f.closed {
				return codeClosed
			}
			n := len(bytes)
			if len(f.room) > 0 {
				n, f.room = min(n, f.room[0]), f.room[1:]
				if n == 0 {
					return codeAgain
				}
			}
			f.written += string(bytes[:n])
			return int32(n)
		},
		responseFinish: func() int32 { f.finished = true; return 0 },
		timer:          func(int64) int32 { f.lastTimer++; return 15 + f.lastTimer },
		wait: func(operations []uint32) int32 {
			f.waits = append(f.waits, append([]uint32(nil), operations...))
			if f.ready != nil {
				return f.ready(operations)
			}
			return 0
		},
		cancel: func(operation uint32) int32 {
			if s, ok := f.store.(*memoryStore); ok {
				delete(s.results, operation)
			}
			if n, ok := f.network.(*memoryNetwork); ok {
				n.cancel(operation)
			}
			return 0
		},
		store:   f.store,
		network: f.network,
		log: func(level int32, text string) int32 {
			f.lines = append(f.lines, fmt.Sprint(level, " ", text))
			return 0
		},
	}
}

// get is a request of GET / with nothing in it.
func get() *fake {
	return &fake{
		fields:  map[uint32]string{fieldMethod: "GET", fieldPath: "/", fieldPeer: "10.1.2.3", fieldURL: "http://a.test/"},
		headers: list("host", "a.test"),
	}
}

// serve has h answer the request of f.
func (f *fake) serve(t *testing.T, h http.HandlerFunc) (aborted bool) {
	t.Helper()
	testServer, current = f.server(), exchange{}
	t.Cleanup(func() { testServer = nil })
	return current.serve(h)
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRequest(t *testing.T) {
	f := get()
	f.fields[fieldMethod] = "PUT"
	f.fields[fieldPath] = "/a%2Fb/c"
	f.fields[fieldQuery] = "x=1&x=2"
	f.headers = list("host", "a.test", "x-one", "1", "content-type", "text/plain", "x-one", "2", "content-length", "3")
	f.params = list("id", "7")
	f.body = []string{"abc"}
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		expect(t, "Method", r.Method, "PUT")
		expect(t, "URL.Path", r.URL.Path, "/a/b/c")
		expect(t, "URL.EscapedPath", r.URL.EscapedPath(), "/a%2Fb/c")
		expect(t, "RequestURI", r.RequestURI, "/a%2Fb/c?x=1&x=2")
		expect(t, "Form", fmt.Sprint(r.URL.Query()["x"]), "[1 2]")
		expect(t, "Host", r.Host, "a.test")
		expect(t, "RemoteAddr", r.RemoteAddr, "10.1.2.3:0")
		expect(t, "Header", fmt.Sprint(r.Header), "map[Content-Length:[3] Content-Type:[text/plain] X-One:[1 2]]")
		expect(t, "ContentLength", r.ContentLength, 3)
		expect(t, "PathValue", r.PathValue("id"), "7")
		expect(t, "Params", fmt.Sprint(Params()), "map[id:7]")
		body, err := io.ReadAll(r.Body)
		expect(t, "body", string(body), "abc")
		expect(t, "error", err, nil)
	})
}

// http.FileServer and patterns that end in a slash redirected for ever: the slash at the end of the path was lost.
func TestSlashAtTheEndOfThePath(t *testing.T) {
	files := http.FileServer(http.FS(fstest.MapFS{
		"index.html":     {Data: []byte("root")},
		"sub/index.html": {Data: []byte("below")},
		"sub/a b":        {Data: []byte("file")},
	}))
	mux := http.NewServeMux()
	mux.Handle("GET /tree/", http.StripPrefix("/tree", files))
	mux.HandleFunc("GET /one/{segment}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.PathValue("segment"))
	})
	for _, c := range []struct {
		sent, path string
		status     int32
		body       string
	}{
		{"/tree/", "/tree", 200, "root"},
		{"/tree", "/tree", 307, ""},
		{"/tree/sub/", "/tree/sub", 200, "below"},
		{"/tree/sub", "/tree/sub", 301, ""},
		{"/tree/sub/a%20b", "/tree/sub/a%20b", 200, "file"},
		{"/tree/sub/a%20b/", "/tree/sub/a%20b", 301, ""},
		{"/one/a%2Fb", "/one/a%2Fb", 200, "a/b"},
	} {
		f := get()
		f.fields[fieldSentPath], f.fields[fieldPath] = c.sent, c.path
		f.serve(t, mux.ServeHTTP)
		expect(t, c.sent+" status", max(f.status, 200), c.status) // 200 is not said
		if c.body != "" {
			expect(t, c.sent+" body", f.written, c.body)
		}
	}
}

func TestRequestURIIsWhatWasSent(t *testing.T) {
	f := get()
	f.fields[fieldSentPath], f.fields[fieldPath], f.fields[fieldQuery] = "/a//b/../c/", "/a/c", "x"
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		expect(t, "RequestURI", r.RequestURI, "/a//b/../c/?x")
		expect(t, "URL", r.URL.String(), "/a//b/../c/?x")
	})
}

func TestHostOfTheURLWhereNoFieldNamesIt(t *testing.T) {
	f := get()
	f.headers = nil
	f.serve(t, func(w http.ResponseWriter, r *http.Request) { expect(t, "Host", r.Host, "a.test") })
}

func TestHeadersLargerThanTheSpaceForThem(t *testing.T) {
	f := get()
	large := strings.Repeat("v", 3*len(requestSpace))
	f.headers = list("host", "a.test", "x-large", large, "x-last", "z")
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		expect(t, "X-Large", r.Header.Get("X-Large"), large)
		expect(t, "X-Last", r.Header.Get("X-Last"), "z")
		expect(t, "Method", r.Method, "GET")
	})
}

func TestPathThatIsNone(t *testing.T) {
	f := get()
	f.fields[fieldPath] = "/%zz"
	f.serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	expect(t, "status", f.status, 400)
}

func TestLengthOfBodies(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers []byte
		body    []string
		length  int64
		none    bool
	}{
		{"none", nil, nil, 0, true},
		{"of length 0", list("content-length", "0"), nil, 0, true},
		{"chunked", list("transfer-encoding", "chunked"), []string{"", "abc"}, -1, false},
		{"unknown, there", nil, []string{"abc"}, -1, false},
		{"unknown, to come", nil, []string{"", "abc"}, -1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := get()
			f.headers, f.body = c.headers, c.body
			whole := strings.Join(c.body, "")
			f.serve(t, func(w http.ResponseWriter, r *http.Request) {
				expect(t, "ContentLength", r.ContentLength, c.length)
				expect(t, "NoBody", r.Body == http.NoBody, c.none)
				body, err := io.ReadAll(r.Body)
				expect(t, "body", string(body), whole)
				expect(t, "error", err, nil)
			})
		})
	}
}

func TestAnswer(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("A", "x")
		w.WriteHeader(418)
		w.Header().Set("Late", "ignored")
		fmt.Fprint(w, "<html>")
		expect(t, "written before Flush", f.written, "")
		w.(http.Flusher).Flush()
		expect(t, "written", f.written, "<html>")
		fmt.Fprint(w, "more")
	})
	expect(t, "status", f.status, 418)
	expect(t, "fields", strings.Join(f.answered, "|"),
		"A: x|Set-Cookie: a=1|Set-Cookie: b=2|content-type: text/html; charset=utf-8")
	expect(t, "body", f.written, "<html>more")
}

func TestAnswerWithoutABody(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("A", "x") })
	expect(t, "fields", strings.Join(f.answered, "|"), "A: x")
	f = get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		_, err := w.Write([]byte("a"))
		expect(t, "error", err, http.ErrBodyNotAllowed)
	})
	expect(t, "body", f.written, "")
}

func TestFieldsThatHTTPDoesNotAllow(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Spaced"] = []string{"a\r\nb: c"}
		w.Header()["Bad"] = []string{"\x01"}
		w.Header().Set("Content-Type", "a/b")
	})
	expect(t, "fields", strings.Join(f.answered, "|"), "Content-Type: a/b|Spaced: a  b: c")
	expect(t, "log", len(f.lines), 1)
}

func TestMoreThanTheContentLength(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "2")
		_, err := w.Write([]byte("abc"))
		expect(t, "error", err, http.ErrContentLength)
	})
}

func TestWritesThatHaveToWait(t *testing.T) {
	f := get()
	f.room = []int{1, 0, 2, 0, 0}
	large := strings.Repeat("abcdefgh", 1000)
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.WriteString(w, large)
		expect(t, "count", n, len(large))
		expect(t, "error", err, nil)
	})
	expect(t, "body", f.written, large)
	expect(t, "waits", len(f.waits), 3)
	expect(t, "waits for", f.waits[0][0], operationWrite)
}

func TestReadsSendFirstWhatIsHeld(t *testing.T) {
	f := get()
	f.headers = list("transfer-encoding", "chunked")
	f.body = []string{"a", "", "b"}
	f.ready = func(operations []uint32) int32 {
		expect(t, "waits for", operations[0], operationRead)
		expect(t, "sent", f.written, "a")
		return 0
	}
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		var one [1]byte
		for {
			if _, err := r.Body.Read(one[:]); err != nil {
				expect(t, "error", err, io.EOF)
				return
			}
			w.Write(one[:])
		}
	})
	expect(t, "body", f.written, "ab")
	expect(t, "waits", len(f.waits), 1)
}

func TestOtherGoroutinesRunWhileOneReads(t *testing.T) {
	f := get()
	f.headers = list("transfer-encoding", "chunked")
	f.body = []string{""}
	ran := make(chan struct{})
	f.ready = func(operations []uint32) int32 {
		select {
		case <-ran:
			return 0
		default:
			return int32(len(operations) - 1) // the timer
		}
	}
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		go close(ran)
		io.ReadAll(r.Body)
	})
	<-ran
}

func TestDeadlines(t *testing.T) {
	f := get()
	f.headers = list("transfer-encoding", "chunked")
	f.body = []string{"", "a"}
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		expect(t, "set", http.NewResponseController(w).SetReadDeadline(time.Now().Add(-time.Second)), nil)
		_, err := io.ReadAll(r.Body)
		expect(t, "deadline", errors.Is(err, os.ErrDeadlineExceeded), true)
	})
}

func TestClientThatLeft(t *testing.T) {
	f := get()
	f.headers = list("transfer-encoding", "chunked")
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		expect(t, "before", ctx.Err(), nil)
		f.closed = true
		_, err := r.Body.Read(make([]byte, 1))
		expect(t, "read", err, ErrClientLeft)
		<-ctx.Done()
		expect(t, "cause", context.Cause(ctx), ErrClientLeft)
		fmt.Fprint(w, "a")
		expect(t, "flush", http.NewResponseController(w).Flush(), ErrClientLeft)
	})
}

func TestFinish(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "a")
		expect(t, "error", Finish(), nil)
		expect(t, "finished", f.finished, true)
		_, err := fmt.Fprint(w, "b")
		expect(t, "write", err, errFinished)
	})
	expect(t, "body", f.written, "a")
}

func TestAbort(t *testing.T) {
	f := get()
	aborted := f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "a")
		panic(http.ErrAbortHandler)
	})
	expect(t, "aborted", aborted, true)
	expect(t, "body", f.written, "")
}

func TestCopyFromAReader(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "a")
		n, err := io.Copy(w, io.LimitReader(bytes.NewReader([]byte("bcd")), 2))
		expect(t, "count", n, 2)
		expect(t, "error", err, nil)
		expect(t, "written", f.written, "abc")
	})
}

func TestVars(t *testing.T) {
	f := get()
	f.vars = list("greeting", "good day")
	f.serve(t, func(http.ResponseWriter, *http.Request) {
		expect(t, "Vars", fmt.Sprint(Vars()), "map[greeting:good day]")
	})
}

func TestLogHandler(t *testing.T) {
	f := get()
	f.serve(t, func(w http.ResponseWriter, r *http.Request) {
		log := slog.New(NewLogHandler(nil)).With("a", 1)
		log.Warn("water rises", "depth", "3 m")
		log.WithGroup("g").Error("here", "msg", "b")
		log.Debug("not this")
	})
	expect(t, "lines", strings.Join(f.lines, "|"), `1 water rises a=1 depth="3 m"|0 here a=1 g.msg=b`)
}
