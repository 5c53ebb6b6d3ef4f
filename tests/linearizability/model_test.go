package main

import (
	"testing"
	"time"
)

// at gives an operation its times.
func at(call, end int64, one operation) operation {
	one.Key, one.Call, one.Return = "k", call, end
	if one.Outcome == "" {
		one.Outcome = done
	}
	return one
}

var histories = []struct {
	name           string
	isLinearizable bool
	history        []operation
}{
	{"a read after an answered write sees it", true, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 3, operation{Kind: get, Value: 7, Version: 1}),
	}},
	{"a read that misses an answered write", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 3, operation{Kind: get}),
	}},
	{"a read of a value that was overwritten", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 3, operation{Kind: put, Given: 8, Version: 2}),
		at(4, 5, operation{Kind: get, Value: 7, Version: 1}),
	}},
	{"a read beside a write sees either", true, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 9, operation{Kind: put, Given: 8, Version: 2}),
		at(3, 4, operation{Kind: get, Value: 7, Version: 1}),
		at(5, 6, operation{Kind: get, Value: 8, Version: 2}),
	}},
	{"reads that go back in time", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 9, operation{Kind: put, Given: 8, Version: 2}),
		at(3, 4, operation{Kind: get, Value: 8, Version: 2}),
		at(5, 6, operation{Kind: get, Value: 7, Version: 1}),
	}},
	{"two increments, each counted", true, []operation{
		at(0, 9, operation{Kind: increment, Given: 1, Value: 2, Version: 5}),
		at(0, 9, operation{Kind: increment, Given: 1, Value: 1, Version: 4}),
	}},
	{"a lost increment", false, []operation{
		at(0, 9, operation{Kind: increment, Given: 1, Value: 1, Version: 4}),
		at(0, 9, operation{Kind: increment, Given: 1, Value: 1, Version: 5}),
	}},
	{"versions that do not rise", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 2}),
		at(2, 3, operation{Kind: put, Given: 8, Version: 1}),
	}},
	{"a version that is given again after a deletion", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 3, operation{Kind: remove, Version: 2}),
		at(4, 5, operation{Kind: put, Given: 8, Version: 2}),
	}},
	{"one of two swaps", true, []operation{
		at(0, 9, operation{Kind: swap, Given: 7, Version: 1}),
		at(0, 9, operation{Kind: swap, Given: 8, Outcome: conflict}),
	}},
	{"both of two swaps", false, []operation{
		at(0, 9, operation{Kind: swap, Given: 7, Version: 1}),
		at(0, 9, operation{Kind: swap, Given: 8, Version: 2}),
	}},
	{"a conflict without a cause", false, []operation{
		at(0, 9, operation{Kind: swap, Given: 8, Outcome: conflict}),
	}},
	{"a deletion of nothing", true, []operation{
		at(0, 1, operation{Kind: remove}),
	}},
	{"a deletion that found nothing of an answered write", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 3, operation{Kind: remove}),
	}},
	{"a write of unknown outcome that was done late", true, []operation{
		at(0, 1, operation{Kind: increment, Given: 1, Outcome: unknown}),
		at(2, 3, operation{Kind: get}),
		at(4, 5, operation{Kind: get, Value: 1, Version: 3}),
		at(6, 7, operation{Kind: get, Value: 1, Version: 3}),
	}},
	{"a write of unknown outcome that was never done", true, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 1}),
		at(2, 3, operation{Kind: remove, Outcome: unknown}),
		at(4, 5, operation{Kind: get, Value: 7, Version: 1}),
	}},
	{"a write of unknown outcome that was done twice", false, []operation{
		at(0, 1, operation{Kind: increment, Given: 1, Outcome: unknown}),
		at(2, 3, operation{Kind: get, Value: 2, Version: 2}),
	}},
	{"a write of unknown outcome that was undone", false, []operation{
		at(0, 1, operation{Kind: increment, Given: 1, Outcome: unknown}),
		at(2, 3, operation{Kind: get, Value: 1, Version: 3}),
		at(4, 5, operation{Kind: get}),
	}},
	{"a write of unknown outcome whose version is below one that was known", false, []operation{
		at(0, 1, operation{Kind: put, Given: 7, Version: 5}),
		at(2, 3, operation{Kind: increment, Given: 1, Outcome: unknown}),
		at(4, 5, operation{Kind: get, Value: 8, Version: 4}),
	}},
}

func TestHistories(t *testing.T) {
	for _, test := range histories {
		if err := check(test.history, time.Minute); (err == nil) != test.isLinearizable {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
