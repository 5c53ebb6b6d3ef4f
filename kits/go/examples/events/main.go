// Server-sent events: the time, once a second, until the client leaves.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o events.wasm .
//
// The worker's `time` limit ends it too: events.toml may raise that.
package main

import (
	"fmt"
	"net/http"
	"time"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

func init() { wasmworkers.HandleFunc(events) }

func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	controller := http.NewResponseController(w)
	for {
		fmt.Fprintf(w, "data: %s\n\n", time.Now().UTC().Format(time.RFC3339))
		if err := controller.Flush(); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func main() {} // does not run
