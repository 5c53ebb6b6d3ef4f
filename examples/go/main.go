// Counts the words of the body: POST /go answers {"words":…,"longest":…}.
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"
)

type request struct {
	Method string `json:"method"`
	Body   string `json:"body"`
}

type response struct {
	Data    string            `json:"data"`
	Headers map[string]string `json:"headers"`
	Status  int               `json:"status"`
	KV      map[string]string `json:"kv"`
}

func count(text string) map[string]any {
	words := strings.Fields(text)
	longest := ""
	for _, word := range words {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return map[string]any{"words": len(words), "longest": longest}
}

func handle(r request) response {
	text := r.Body
	if r.Method == "GET" {
		text = "send me a text with POST"
	}
	data, err := json.Marshal(count(text))
	if err != nil {
		log.Fatal(err)
	}
	return response{
		Data:    string(data) + "\n",
		Headers: map[string]string{"content-type": "application/json"},
		Status:  200,
		KV:      map[string]string{},
	}
}

func main() {
	var r request
	if err := json.NewDecoder(os.Stdin).Decode(&r); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(handle(r)); err != nil {
		log.Fatal(err)
	}
}
