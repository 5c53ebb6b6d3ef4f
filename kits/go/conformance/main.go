// The worker of kits/conformance: an ordinary router with ordinary handlers.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

var preparations int

func init() {
	preparations++
	slog.SetDefault(slog.New(wasmworkers.NewLogHandler(&slog.HandlerOptions{Level: slog.LevelDebug})))

	mux := http.NewServeMux()
	mux.HandleFunc("/kit/hello", hello)
	mux.HandleFunc("/kit/inspect", inspect)
	mux.HandleFunc("/kit/sent", sent)
	mux.HandleFunc("GET /kit/sent/", sent)
	mux.HandleFunc("/item/", item)
	mux.HandleFunc("POST /kit/echo", echo)
	mux.HandleFunc("POST /kit/reverse", reverse)
	mux.HandleFunc("/kit/status", status)
	mux.HandleFunc("/kit/headers", headers)
	mux.HandleFunc("/kit/bad-header", badHeader)
	mux.HandleFunc("/kit/large", large)
	mux.HandleFunc("/kit/sleep", sleep)
	mux.HandleFunc("/kit/events", events)
	mux.HandleFunc("/kit/forever", forever)
	mux.HandleFunc("/kit/random", random)
	mux.HandleFunc("/kit/seed", seed)
	mux.HandleFunc("/kit/init", prepared)
	mux.HandleFunc("/kit/time", now)
	mux.HandleFunc("/kit/log", logLine)
	mux.HandleFunc("/kit/print", printLine)
	mux.HandleFunc("/kit/trap", trap)
	kvRoutes(mux)
	fetchRoutes(mux)
	mux.HandleFunc("/kit/", nothing)
	wasmworkers.Handle(mux)
}

func main() {}

func hello(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") }

func item(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "item %s", r.PathValue("id")) }

func inspect(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "method %s\npath %s\nquery %s\n", r.Method, r.URL.EscapedPath(), r.URL.RawQuery)
	for _, name := range sortedKeys(r.Header) {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-") {
			for _, value := range r.Header[name] {
				fmt.Fprintf(w, "header %s: %s\n", lower, value)
			}
		}
	}
	params := wasmworkers.Params()
	for _, name := range sortedKeys(params) {
		fmt.Fprintf(w, "param %s=%s\n", name, params[name])
	}
	fmt.Fprintf(w, "var greeting=%s\nbody %d\n", wasmworkers.Vars()["greeting"], len(body))
}

func sent(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.EscapedPath()) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	io.Copy(w, r.Body)
}

func reverse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	slices.Reverse(body)
	w.Write(body)
}

// number is a number of the query, 0 if it is none.
func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name))
	return n
}

func status(w http.ResponseWriter, r *http.Request) { w.WriteHeader(number(r, "code")) }

func headers(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Set-Cookie", "a=1")
	w.Header().Add("Set-Cookie", "b=2")
	w.Header().Set("X-Kit", "yes")
	io.WriteString(w, "ok")
}

func badHeader(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Bad", "a\r\nx-injected: b") // the line break becomes blanks, as in net/http
	io.WriteString(w, "ok")
}

func large(w http.ResponseWriter, r *http.Request) {
	part := strings.Repeat("x", 10000)
	for n := number(r, "bytes"); n > 0; n -= len(part) {
		io.WriteString(w, part[:min(n, len(part))])
	}
}

func sleep(w http.ResponseWriter, r *http.Request) {
	var all sync.WaitGroup
	n := number(r, "count")
	for range n {
		all.Add(1)
		go func() {
			defer all.Done()
			time.Sleep(time.Duration(number(r, "ms")) * time.Millisecond)
		}()
	}
	all.Wait()
	fmt.Fprintf(w, "slept %d", n)
}

func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for i := range 3 {
		if i > 0 {
			time.Sleep(100 * time.Millisecond)
		}
		fmt.Fprintf(w, "data: %d\n\n", i+1)
		http.NewResponseController(w).Flush()
	}
}

func forever(w http.ResponseWriter, r *http.Request) {
	controller := http.NewResponseController(w)
	for {
		io.WriteString(w, "tick\n")
		if err := controller.Flush(); err != nil {
			slog.Info("the client left")
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func random(w http.ResponseWriter, r *http.Request) {
	var bytes [16]byte
	rand.Read(bytes[:])
	io.WriteString(w, hex.EncodeToString(bytes[:]))
}

func seed(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, mathrand.Uint64()) }

func prepared(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%d %s", preparations, wasmworkers.Vars()["greeting"])
}

func now(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, time.Now().UnixMilli()) }

func logLine(w http.ResponseWriter, r *http.Request) {
	levels := map[string]slog.Level{
		"error": slog.LevelError, "warning": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug,
	}
	slog.Log(r.Context(), levels[r.FormValue("level")], r.FormValue("text"))
	io.WriteString(w, "logged")
}

func printLine(w http.ResponseWriter, r *http.Request) {
	fmt.Println(r.FormValue("text"))
	io.WriteString(w, "printed")
}

func trap(w http.ResponseWriter, r *http.Request) { panic("it cannot go on") }

func nothing(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, "nothing here")
}
