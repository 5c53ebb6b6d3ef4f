package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// state is a key at one moment.
type state struct {
	isThere bool
	value   int64
	// version is 0 after a write whose version nobody was told, until a read tells it.
	version uint64
	// highest is the highest version that the key is known to have had: those of later writes are above it.
	highest uint64
}

// written is the key after a write; version 0: nobody was told which one it got.
func (s state) written(value int64, version uint64) state {
	return state{isThere: true, value: value, version: version, highest: max(s.highest, version)}
}

func (s state) deleted(version uint64) state { return state{highest: max(s.highest, version)} }

// matches tells whether the key has this version. A version that nobody was told is none that a client expects: whoever
// expects one was told it by an operation that had ended, so the key's highest is not below it.
func (s state) matches(version uint64) bool {
	if version == 0 {
		return !s.isThere
	}
	return s.isThere && s.version == version
}

// read tells whether a read of this outcome fits, and the key as it is known then.
func (s state) read(outcome operation) (bool, state) {
	if outcome.Version == 0 || !s.isThere {
		return outcome.Version == 0 && !s.isThere, s
	}
	if outcome.Value != s.value {
		return false, s
	}
	if s.version == 0 && outcome.Version > s.highest {
		return true, s.written(s.value, outcome.Version)
	}
	return s.version == outcome.Version, s
}

// step tells whether the operation can have its outcome now, and the key after it.
func (s state) step(of operation) (bool, state) {
	rises := of.Outcome == unknown || of.Version > s.highest
	version := of.Version // 0 if the outcome is unknown
	switch of.Kind {
	case get:
		return s.read(of)
	case put:
		return rises, s.written(of.Given, version)
	case remove:
		if of.Outcome == done && version == 0 {
			return !s.isThere, s
		}
		return of.Outcome == unknown || (s.isThere && rises), s.deleted(version)
	case increment:
		sum := of.Given
		if s.isThere {
			sum += s.value
		}
		return of.Outcome == unknown || (rises && of.Value == sum), s.written(sum, version)
	case swap:
		if !s.matches(of.Expected) {
			return of.Outcome != done, s
		}
		return of.Outcome != conflict && rises, s.written(of.Given, version)
	}
	return false, s
}

// byKey takes a history apart into those of its keys: operations on one key do not depend on another.
func byKey(history []porcupine.Operation) [][]porcupine.Operation {
	keys := map[string][]porcupine.Operation{}
	for _, one := range history {
		key := one.Input.(operation).Key
		keys[key] = append(keys[key], one)
	}
	parts := make([][]porcupine.Operation, 0, len(keys))
	for _, part := range keys {
		parts = append(parts, part)
	}
	return parts
}

var model = porcupine.Model{
	Partition: byKey,
	Init:      func() any { return state{} },
	Step: func(s, input, _ any) (bool, any) {
		fits, next := s.(state).step(input.(operation))
		return fits, next
	},
	Hash: func(s any) uint64 {
		of := s.(state)
		return uint64(of.value)*31 + of.version*17 + of.highest
	},
}

// check tells whether a history is linearizable; if it is not, an error says which key is not.
func check(history []operation, patience time.Duration) error {
	operations := make([]porcupine.Operation, 0, len(history))
	for _, one := range history {
		end := one.Return
		if one.Outcome == unknown {
			if one.Kind == get {
				continue // it changed nothing and told nothing
			}
			end = math.MaxInt64
		}
		operations = append(operations, porcupine.Operation{ClientId: one.Client, Input: one, Call: one.Call, Return: end})
	}
	deadline := time.Now().Add(patience)
	parts := byKey(operations)
	slices.SortFunc(parts, func(a, b []porcupine.Operation) int { return cmp.Compare(a[0].Call, b[0].Call) })
	for _, part := range parts {
		key := part[0].Input.(operation).Key
		switch porcupine.CheckOperationsTimeout(model, part, max(time.Until(deadline), 1)) {
		case porcupine.Illegal:
			return fmt.Errorf("the history of key %s is not linearizable (%d operations)", key, len(part))
		case porcupine.Unknown:
			return fmt.Errorf("the history of key %s was not decided within %v (%d operations)", key, patience, len(part))
		}
	}
	return nil
}
