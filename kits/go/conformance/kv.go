package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

// kv is the namespace that the query asks for.
func kv(r *http.Request) wasmworkers.KV { return wasmworkers.KV{Binding: query(r, "binding")} }

var kvNames = map[error]string{
	wasmworkers.ErrNoNamespace: "NoNamespace",
	wasmworkers.ErrTooMany:     "Limit",
	wasmworkers.ErrConflict:    "Conflict",
	wasmworkers.ErrQuota:       "Quota",
	wasmworkers.ErrUnavailable: "Unavailable",
	wasmworkers.ErrUnknown:     "Unknown",
	wasmworkers.ErrNotANumber:  "NotANumber",
	wasmworkers.ErrKeySize:     "KeySize",
	wasmworkers.ErrValueSize:   "ValueSize",
	wasmworkers.ErrTooMuch:     "TooMuch",
	wasmworkers.ErrStoreFull:   "Full",
	wasmworkers.ErrOverflow:    "Overflow",
	wasmworkers.ErrStoreIO:     "Io",
	wasmworkers.ErrInvalid:     "Invalid",
}

// kvRoutes adds the routes of the key-value store.
func kvRoutes(mux *http.ServeMux) {
	for name, f := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"get": kvGet, "get-many": kvGetMany, "list": kvList, "list-all": kvListAll, "put": kvPut, "delete": kvDelete,
		"increment": kvIncrement, "swap": kvSwap, "transaction": kvTransaction, "overlap": kvOverlap,
		"get-with-metadata": kvGetWithMetadata, "get-many-with-metadata": kvGetManyWithMetadata,
		"list-with-metadata": kvListWithMetadata,
	} {
		handle := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			err := f(w, r)
			for known, text := range kvNames {
				if errors.Is(err, known) {
					w.WriteHeader(http.StatusConflict)
					io.WriteString(w, text)
					return
				}
			}
			if err != nil {
				panic(err)
			}
		}
		for _, place := range []string{"/kit", "/second", "/bare"} { // with namespaces of their own, and without one
			mux.HandleFunc(place+"/kv/"+name, handle)
		}
	}
}

// query is a value of the query; the body stays what it is.
func query(r *http.Request, name string) string { return r.URL.Query().Get(name) }

func key(r *http.Request, name string) string {
	key, _ := hex.DecodeString(query(r, name))
	return string(key)
}

func kvNumber(r *http.Request, name string) uint64 {
	number, _ := strconv.ParseUint(query(r, name), 10, 64)
	return number
}

func kvGet(w http.ResponseWriter, r *http.Request) error {
	entry, found, err := kv(r).Get(r.Context(), key(r, "key"))
	if err != nil {
		return err
	}
	if !found {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "none")
		return nil
	}
	w.Header().Set("X-Version", fmt.Sprint(entry.Version))
	w.Write(entry.Value)
	return nil
}

// milliseconds since 1970; 0: never.
func milliseconds(expires time.Time) int64 {
	if expires.IsZero() {
		return 0
	}
	return expires.UnixMilli()
}

func kvGetWithMetadata(w http.ResponseWriter, r *http.Request) error {
	entry, found, err := kv(r).GetWithMetadata(r.Context(), key(r, "key"))
	if err != nil {
		return err
	}
	if !found {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "none")
		return nil
	}
	w.Header().Set("X-Version", fmt.Sprint(entry.Version))
	w.Header().Set("X-Expires", fmt.Sprint(milliseconds(entry.Expires)))
	w.Header().Set("X-Metadata", hex.EncodeToString([]byte(entry.Metadata)))
	w.Write(entry.Value)
	return nil
}

func keys(r *http.Request) []string {
	var keys []string
	for _, text := range strings.Split(query(r, "keys"), ",") {
		key, _ := hex.DecodeString(text)
		keys = append(keys, string(key))
	}
	return keys
}

func kvGetManyWithMetadata(w http.ResponseWriter, r *http.Request) error {
	entries, err := kv(r).GetManyWithMetadata(r.Context(), keys(r)...)
	for _, entry := range entries {
		fmt.Fprintf(w, "%d %d %x %x\n", entry.Version, milliseconds(entry.Expires), entry.Metadata, entry.Value)
	}
	return err
}

func kvListWithMetadata(w http.ResponseWriter, r *http.Request) error {
	entries, _, err := kv(r).Page(r.Context(), wasmworkers.KVQuery{
		Prefix: key(r, "prefix"), Limit: int(kvNumber(r, "limit")), Values: r.URL.Query().Has("values"), Metadata: true,
	})
	for _, entry := range entries {
		fmt.Fprintf(w, "%d %d %x %x %x\n", entry.Version, milliseconds(entry.Expires), entry.Key, entry.Metadata, entry.Value)
	}
	return err
}

func kvGetMany(w http.ResponseWriter, r *http.Request) error {
	entries, err := kv(r).GetMany(r.Context(), keys(r)...)
	for _, entry := range entries {
		fmt.Fprintf(w, "%d %x\n", entry.Version, entry.Value)
	}
	return err
}

func kvList(w http.ResponseWriter, r *http.Request) error {
	entries, next, err := kv(r).Page(r.Context(), wasmworkers.KVQuery{
		Prefix: key(r, "prefix"), After: key(r, "after"), Limit: int(kvNumber(r, "limit")), Values: r.URL.Query().Has("values"),
	})
	if err != nil {
		return err
	}
	for _, entry := range entries {
		fmt.Fprintf(w, "%d %x %x\n", entry.Version, entry.Key, entry.Value)
	}
	fmt.Fprintf(w, "after %x", next)
	return nil
}

func kvListAll(w http.ResponseWriter, r *http.Request) error {
	all := wasmworkers.KVQuery{Prefix: key(r, "prefix"), Limit: int(kvNumber(r, "limit"))}
	for entry, err := range kv(r).All(r.Context(), all) {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%x\n", entry.Key)
	}
	return nil
}

func kvPut(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var options []wasmworkers.KVOption
	if r.URL.Query().Has("ttl") {
		options = append(options, wasmworkers.TimeToLive(time.Duration(kvNumber(r, "ttl"))*time.Millisecond))
	}
	if r.URL.Query().Has("metadata") {
		options = append(options, wasmworkers.Metadata(key(r, "metadata")))
	}
	switch query(r, "if") {
	case "absent":
		options = append(options, wasmworkers.IfAbsent())
	case "present":
		options = append(options, wasmworkers.IfPresent())
	}
	return kvWrote(w)(kv(r).Put(r.Context(), key(r, "key"), body, options...))
}

// kvWrote answers with a version, or gives the error.
func kvWrote(w http.ResponseWriter) func(version uint64, err error) error {
	return func(version uint64, err error) error {
		if err == nil {
			fmt.Fprint(w, version)
		}
		return err
	}
}

func kvDelete(w http.ResponseWriter, r *http.Request) error {
	deleted, err := kv(r).Delete(r.Context(), key(r, "key"))
	if err != nil {
		return err
	}
	if deleted {
		io.WriteString(w, "deleted")
	} else {
		io.WriteString(w, "none")
	}
	return nil
}

func kvIncrement(w http.ResponseWriter, r *http.Request) error {
	by, _ := strconv.ParseInt(query(r, "by"), 10, 64)
	number, version, err := kv(r).Increment(r.Context(), key(r, "key"), by)
	if err == nil {
		fmt.Fprint(w, number, " ", version)
	}
	return err
}

func kvSwap(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return kvWrote(w)(kv(r).CompareAndSwap(r.Context(), key(r, "key"), kvNumber(r, "version"), body))
}

func kvTransaction(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var changes wasmworkers.KVTransaction
	has := r.URL.Query().Has
	if has("check") {
		changes.Check(key(r, "check"), kvNumber(r, "version"))
	}
	if has("since") {
		changes.CheckAll(kvNumber(r, "since"))
	}
	if has("put") {
		changes.Put(key(r, "put"), body, wasmworkers.Metadata(key(r, "metadata")))
	}
	if has("delete") {
		changes.Delete(key(r, "delete"))
	}
	return kvWrote(w)(kv(r).Commit(r.Context(), &changes))
}

func kvOverlap(w http.ResponseWriter, r *http.Request) error {
	var all sync.WaitGroup
	var sum int64
	var failed error
	for range kvNumber(r, "count") {
		all.Add(1)
		go func() {
			defer all.Done()
			number, _, err := kv(r).Increment(r.Context(), key(r, "key"), 1)
			sum += number // goroutines of a worker have one thread
			if err != nil {
				failed = err
			}
		}()
	}
	all.Wait()
	if failed == nil {
		fmt.Fprint(w, sum)
	}
	return failed
}
