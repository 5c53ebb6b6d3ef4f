// A parameter of the route, and JSON in and out: PUT /item/7 with {"count": 2} answers {"id":"7","count":2}.
//
//	mkdir -p site/item
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o 'site/item/[id].wasm' .
package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

type item struct {
	ID    string `json:"id"`
	Count int    `json:"count"`
}

func init() {
	// Package json looks at a type once: here it costs no request anything.
	json.NewEncoder(io.Discard).Encode(item{})
	wasmworkers.HandleFunc(handle)
}

func handle(w http.ResponseWriter, r *http.Request) {
	var body item
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&body)
	if err != nil && !errors.Is(err, io.EOF) { // without a body there is nothing to decode
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body.ID = r.PathValue("id")
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(body)
}

func main() {} // does not run
