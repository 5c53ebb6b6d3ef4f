// Package tour has the code of kits/go/README.md, which scripts/fill takes from here. It only has to compile.
package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

type order struct{ Item string }

var key string

func list(http.ResponseWriter, *http.Request) {}
func put(http.ResponseWriter, *http.Request)  {}

func changed(value []byte) []byte { return append(value, '!') }

// [request
func handle(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")                    // of item/[id].wasm
	all := wasmworkers.Params()                // of [...path].wasm and others: a map
	page := r.FormValue("page")                // of the query, or a form
	greeting := wasmworkers.Vars()["greeting"] // [vars] in the worker's TOML file; os.Getenv has them too
	url := wasmworkers.RequestURL()            // with scheme and host
	number := wasmworkers.RequestID()          // as in the log
	fmt.Fprintln(w, id, all, page, greeting, url, number)
}
// request]

// [router
func init() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/items", list)
	mux.HandleFunc("PUT /api/items/{id}", put)
	wasmworkers.Handle(mux) // in api/[...path].wasm
}
// router]

// [log
func warn() { wasmworkers.Log(slog.LevelWarn, "water rises") }

func init() { slog.SetDefault(slog.New(wasmworkers.NewLogHandler(nil))) } // and then slog and log go there too
// log]

func decode(w http.ResponseWriter, r *http.Request, out any) {
	// [json
	var in order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
	// json]
}

func events(w http.ResponseWriter, next func() string) {
	// [events
	w.Header().Set("Content-Type", "text/event-stream")
	controller := http.NewResponseController(w)
	for {
		fmt.Fprintf(w, "data: %s\n\n", next())
		if err := controller.Flush(); err != nil {
			return // the client left
		}
		time.Sleep(time.Second)
	}
	// events]
}

func keys(ctx context.Context, me []byte) {
	// [keys
	var kv wasmworkers.KV

	entry, found, err := kv.Get(ctx, "greeting") // entry.Value, entry.Version
	version, err := kv.Put(ctx, "greeting", []byte("good day"))
	_, err = kv.Put(ctx, "lock", me, wasmworkers.IfAbsent(), wasmworkers.TimeToLive(time.Minute))
	deleted, err := kv.Delete(ctx, "greeting")
	visits, _, err := kv.Increment(ctx, "visits", 1)     // exact, however many do it at once
	entries, err := kv.GetMany(ctx, "a", "b")            // of one moment
	for entry, err := range kv.All(ctx, wasmworkers.KVQuery{Prefix: "user/", Values: true}) { // page by page
		fmt.Println(entry.Key, err)
	}
	// keys]
	fmt.Println(entry, found, version, deleted, visits, entries, err)
}

func swap(ctx context.Context, kv wasmworkers.KV, key, from, to string, entry wasmworkers.KVEntry, err error) error {
	// [swap
	_, err = kv.CompareAndSwap(ctx, key, entry.Version, changed(entry.Value))
	if errors.Is(err, wasmworkers.ErrConflict) {
		return err // another was faster: read again
	}

	var move wasmworkers.KVTransaction // all or nothing
	move.Check(from, entry.Version)
	move.Put(to, entry.Value)
	move.Delete(from)
	_, err = kv.Commit(ctx, &move)
	// swap]
	return err
}

func pass(w http.ResponseWriter, r *http.Request) error {
	// [fetch
	client := &http.Client{Transport: wasmworkers.Transport{}}
	request, err := http.NewRequestWithContext(r.Context(), "PUT", "https://store.example.com/", r.Body)
	response, err := client.Do(request)
	if errors.Is(err, wasmworkers.ErrNotAllowed) {
		return err // the worker's TOML file does not name that host
	}
	defer response.Body.Close()
	io.Copy(w, response.Body)
	// fetch]
	return err
}

// [resume
func init() { wasmworkers.OnResume(func() { key = os.Getenv("KEY") }) } // in each instance, before the handler
// resume]
