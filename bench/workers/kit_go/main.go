// Hello with the Go kit.
package main

import (
	"io"
	"net/http"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

func init() {
	wasmworkers.HandleFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "hello")
	})
}

func main() {}
