// Hello through JSON, as a command: what a worker made with the Go kit of 1.2 to 1.7 does for a request.
package main

import (
	"encoding/json"
	"os"
)

type input struct {
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	KV      map[string]string `json:"kv"`
}

type output struct {
	Data    string            `json:"data"`
	Headers map[string]string `json:"headers"`
	Status  int               `json:"status"`
	KV      map[string]string `json:"kv"`
}

func main() {
	var request input
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		panic(err)
	}
	answer := output{"hello", map[string]string{"content-type": "text/plain"}, 200, request.KV}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}
