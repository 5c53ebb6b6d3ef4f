package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// Kinds of operations, as the worker and the files of histories name them.
const (
	get       = "get"
	put       = "put"
	remove    = "delete"
	increment = "increment"
	swap      = "swap"
)

// Outcomes of operations.
const (
	done     = "done"
	conflict = "conflict" // of swap: the key had another version
	unknown  = "unknown"  // it may have been done at any time after the call, or never
)

// operation is one operation of one client: what it asked for, and what it was told.
type operation struct {
	Client int    `json:"client"`
	Call   int64  `json:"call"` // nanoseconds since the beginning
	Return int64  `json:"return"`
	Kind   string `json:"kind"`
	Key    string `json:"key"`
	// Given is the value of put and swap, and what increment adds.
	Given int64 `json:"given,omitempty"`
	// Expected is the version that swap demands; 0: the key is not there.
	Expected uint64 `json:"expected,omitempty"`
	Outcome  string `json:"outcome"`
	// Version is that of the write, or of what was read; 0 for get and delete: the key was not there.
	Version uint64 `json:"version,omitempty"`
	// Value is what was read, or the sum.
	Value int64 `json:"value,omitempty"`
}

func readHistory(path string) ([]operation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var history []operation
	for decoder := json.NewDecoder(bufio.NewReader(file)); ; {
		var one operation
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return history, nil
		} else if err != nil {
			return nil, err
		}
		history = append(history, one)
	}
}

func writeHistory(path string, history []operation) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	for _, one := range history {
		if err := encoder.Encode(one); err != nil {
			return err
		}
	}
	return errors.Join(out.Flush(), file.Close())
}
