// Answers "hello" to everything.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o hello.wasm .
package main

import (
	"fmt"
	"net/http"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

func init() { wasmworkers.HandleFunc(hello) }

func hello(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }

func main() {} // does not run
