package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	wasmworkers "git.example.org/wws/wws/kits/go/v2"
)

var fetchNames = map[error]string{
	wasmworkers.ErrInvalid:         "Invalid",
	wasmworkers.ErrNotAllowed:      "NotAllowed",
	wasmworkers.ErrUnreachable:     "Unreachable",
	wasmworkers.ErrTLS:             "Tls",
	wasmworkers.ErrTimeout:         "Timeout",
	wasmworkers.ErrRedirect:        "Redirect",
	wasmworkers.ErrLoop:            "Loop",
	wasmworkers.ErrTooLarge:        "TooLarge",
	wasmworkers.ErrBroken:          "Broken",
	wasmworkers.ErrTooManyRequests: "TooMany",
	wasmworkers.ErrUnavailable:     "Unavailable",
	wasmworkers.ErrClientLeft:      "Closed",
}

var errRedirected = fmt.Errorf("it leads elsewhere: %w", wasmworkers.ErrRedirect)

// fetchRoutes adds the routes of outgoing requests.
func fetchRoutes(mux *http.ServeMux) {
	http.DefaultClient.Transport = wasmworkers.Transport{}
	for name, f := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"send": fetchSend, "pass": fetchPass, "made": fetchMade, "overlap": fetchOverlap, "drop": fetchDrop, "late": fetchLate,
	} {
		mux.HandleFunc("/kit/fetch/"+name, func(w http.ResponseWriter, r *http.Request) {
			err := f(w, r)
			for known, text := range fetchNames {
				if errors.Is(err, known) {
					http.Error(w, text+"\n"+err.Error(), http.StatusBadGateway)
					return
				}
			}
			if err != nil {
				panic(err)
			}
		})
	}
}

// outgoing is a request to the URL in the query.
func outgoing(r *http.Request, method string, body io.Reader) *http.Request {
	request, err := http.NewRequestWithContext(r.Context(), method, r.FormValue("url"), body)
	if err != nil {
		panic(err)
	}
	if sent := r.URL.Query().Get("x"); sent != "" {
		request.Header.Set("X-Sent", sent)
	}
	return request
}

// pass answers with the answer to a request, as it arrives.
func pass(w http.ResponseWriter, client *http.Client, request *http.Request) error {
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	w.Header().Set("X-Upstream", strings.Join(response.Header["X-A"], ", "))
	w.Header().Set("X-Url", response.Request.URL.String())
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	w.WriteHeader(response.StatusCode)
	if _, err := io.Copy(w, response.Body); err != nil {
		panic(http.ErrAbortHandler) // so that the client can tell
	}
	return nil
}

func fetchSend(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: wasmworkers.Transport{}}
	switch r.URL.Query().Get("redirect") {
	case "manual":
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	case "error":
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return errRedirected }
	}
	return pass(w, client, outgoing(r, r.Method, bytes.NewReader(body)))
}

func fetchPass(w http.ResponseWriter, r *http.Request) error {
	return pass(w, http.DefaultClient, outgoing(r, r.Method, r.Body))
}

func fetchMade(w http.ResponseWriter, r *http.Request) error {
	left, err := strconv.Atoi(r.FormValue("bytes"))
	if err != nil {
		return err
	}
	reader, writer := io.Pipe()
	go func() {
		for ; left > 0; left -= 50_000 {
			if _, err := writer.Write(bytes.Repeat([]byte("x"), min(left, 50_000))); err != nil {
				return
			}
		}
		writer.Close()
	}()
	return pass(w, http.DefaultClient, outgoing(r, "POST", reader))
}

func fetchOverlap(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.FormValue("count"))
	if err != nil {
		return err
	}
	texts, errs := make([]string, n), make(chan error, n)
	for i := range n {
		go func() {
			response, err := http.Get(r.FormValue("url") + strconv.Itoa(i))
			if err == nil {
				var body []byte
				body, err = io.ReadAll(response.Body)
				texts[i] = string(body)
			}
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	io.WriteString(w, strings.Join(texts, "\n"))
	return nil
}

func fetchDrop(w http.ResponseWriter, r *http.Request) error {
	response, err := http.DefaultClient.Do(outgoing(r, "GET", nil))
	if err != nil {
		return err
	}
	n, _ := response.Body.Read(make([]byte, 100))
	response.Body.Close()
	if n > 0 {
		io.WriteString(w, "dropped")
	} else {
		io.WriteString(w, "ended")
	}
	return nil
}

func fetchLate(w http.ResponseWriter, r *http.Request) error {
	milliseconds, err := strconv.Atoi(r.FormValue("ms"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(milliseconds)*time.Millisecond)
	defer cancel()
	response, err := http.DefaultClient.Do(outgoing(r, "GET", nil).WithContext(ctx))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		io.WriteString(w, "late")
	case err != nil:
		return err
	case response.StatusCode == http.StatusOK:
		io.WriteString(w, "in time")
	default:
		io.WriteString(w, "not found")
	}
	return nil
}
