package wasmworkers

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

var errFinished = errors.New("wasmworkers: the answer is finished")

// response is the answer, an http.ResponseWriter.
type response struct {
	exchange *exchange
	header   http.Header
	status   int   // 0 until WriteHeader
	length   int64 // Content-Length if it was set, else -1
	written  int64
	sniff    bool   // whether Content-Type is to be found from the first bytes
	sending  bool   // a goroutine is in send
	finished bool   // Finish was called
	held     []byte // of the body, in responseSpace
}

// Header implements http.ResponseWriter.
func (w *response) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	case w.status != 0:
		Log(slog.LevelWarn, "wasmworkers: superfluous call of WriteHeader")
		return
	case status < 200:
		return // informational answers cannot be sent
	}
	w.status = status
	if status != http.StatusOK {
		hostResponseStatus(int32(status))
	}
	_, hasType := w.header["Content-Type"]
	_, isEncoded := w.header["Content-Encoding"]
	w.sniff = !hasType && !isEncoded
	w.length = -1
	if length := w.header["Content-Length"]; len(length) > 0 {
		if n, err := strconv.ParseInt(length[0], 10, 64); err == nil && n >= 0 {
			w.length = n
		}
	}
	w.sendHeader()
}

// sendHeader gives the fields to the server, in order of their names as net/http does.
func (w *response) sendHeader() {
	var few [16]string
	names := few[:0]
	for name := range w.header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			continue
		}
		for _, value := range w.header[name] {
			if code := addField(name, withoutNewlines(value)); code != 0 {
				Log(slog.LevelWarn, fmt.Sprintf("wasmworkers: left out the header field %q: %s", name, whyNot(code)))
			}
		}
	}
}

func addField(name, value string) int32 {
	return hostResponseHeader(unsafe.StringData(name), uint32(len(name)), unsafe.StringData(value), uint32(len(value)))
}

func withoutNewlines(value string) string {
	if !strings.ContainsAny(value, "\r\n") {
		return value
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(value)
}

func whyNot(code int32) string {
	switch code {
	case codeInvalid:
		return "HTTP does not allow its name or value"
	case codeLimit:
		return "there are too many, or they are too large"
	default:
		return "the head was sent already"
	}
}

// Write implements http.ResponseWriter.
func (w *response) Write(p []byte) (int, error) { return w.WriteString(text(p)) }

// WriteString implements io.StringWriter.
func (w *response) WriteString(s string) (int, error) {
	if err := w.begin(len(s)); err != nil {
		return 0, err
	}
	if len(w.held)+len(s) > len(responseSpace) {
		if err := w.flush(); err != nil {
			return 0, err
		}
		if len(s) >= len(responseSpace) {
			return w.send(s)
		}
	}
	if w.held == nil {
		w.held = responseSpace[:0]
	}
	w.held = append(w.held, s...)
	return len(s), nil
}

// begin is called before n bytes of the body are written.
func (w *response) begin(n int) error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	switch {
	case n == 0:
		return nil
	case w.status == http.StatusNoContent || w.status == http.StatusNotModified:
		return http.ErrBodyNotAllowed
	case w.exchange.left:
		return ErrClientLeft
	case w.finished:
		return errFinished
	}
	w.written += int64(n)
	if w.length >= 0 && w.written > w.length {
		return http.ErrContentLength
	}
	return nil
}

// ReadFrom implements io.ReaderFrom. What source gives goes out before more is read.
func (w *response) ReadFrom(source io.Reader) (total int64, err error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	buffer := make([]byte, 32<<10)
	for {
		n, readError := source.Read(buffer)
		if n > 0 {
			if err := w.begin(n); err != nil {
				return total, err
			}
			sent, err := w.send(text(buffer[:n]))
			total += int64(sent)
			if err != nil {
				return total, err
			}
		}
		if readError == io.EOF {
			return total, nil
		}
		if readError != nil {
			return total, readError
		}
	}
}

// Flush implements http.Flusher.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is Flush for http.ResponseController.
func (w *response) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.exchange.left {
		return ErrClientLeft
	}
	return w.flush()
}

// SetReadDeadline is for http.ResponseController: reads of the request's body fail from then on.
func (w *response) SetReadDeadline(deadline time.Time) error {
	w.exchange.waiter.deadlines[operationRead] = deadline
	return nil
}

// SetWriteDeadline is for http.ResponseController: writes that would have to wait fail from then on.
func (w *response) SetWriteDeadline(deadline time.Time) error {
	w.exchange.waiter.deadlines[operationWrite] = deadline
	return nil
}

// EnableFullDuplex is for http.ResponseController: it is always so.
func (w *response) EnableFullDuplex() error { return nil }

// flush sends what is held.
func (w *response) flush() error {
	if len(w.held) == 0 {
		return nil
	}
	_, err := w.send(text(w.held))
	w.held = w.held[:0]
	return err
}

// flushIfIdle is flush, unless a goroutine is in the middle of sending.
func (w *response) flushIfIdle() {
	if !w.sending {
		_ = w.flush()
	}
}

// send gives s to the server and waits for room as often as necessary.
func (w *response) send(s string) (int, error) {
	if w.sniff {
		w.sniff = false
		beginning := unsafe.Slice(unsafe.StringData(s), min(len(s), 512))
		addField("content-type", http.DetectContentType(beginning))
	}
	w.sending = true
	defer func() { w.sending = false }()
	sent := 0
	for sent < len(s) {
		rest := s[sent:]
		n := hostResponseBodyWrite(unsafe.StringData(rest), uint32(len(rest)))
		switch {
		case n >= 0:
			sent += int(n)
		case n == codeAgain:
			if err := w.exchange.waiter.pause(operationWrite); err != nil {
				return sent, err
			}
		case n == codeState:
			return sent, errFinished
		default:
			w.exchange.clientLeft()
			return sent, ErrClientLeft
		}
	}
	return sent, nil
}

// end is called when the handler returned.
func (w *response) end() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	_ = w.flush()
}

// finish is end, and tells the server.
func (w *response) finish() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if err := w.flush(); err != nil {
		return err
	}
	w.finished = true
	if hostResponseFinish() != 0 {
		return errFinished
	}
	return nil
}
