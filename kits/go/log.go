package wasmworkers

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"unsafe"
)

// Log writes lines to the server's log, with the worker's name and the request's id. Levels between those of
// package slog count as the lower one.
func Log(level slog.Level, message string) {
	hostLog(hostLevel(level), unsafe.StringData(message), uint32(len(message)))
}

func hostLevel(level slog.Level) int32 {
	switch {
	case level >= slog.LevelError:
		return 0
	case level >= slog.LevelWarn:
		return 1
	case level >= slog.LevelInfo:
		return 2
	default:
		return 3
	}
}

// NewLogHandler returns a handler for package slog that writes to the server's log: the message, then attributes
// as slog.TextHandler writes them. The server adds time and level. Nil options: all from slog.LevelInfo on.
//
//	func init() { slog.SetDefault(slog.New(wasmworkers.NewLogHandler(nil))) }
//
// makes that the way of package log too. Without it, what these packages write is text on standard error, which
// goes to the log without a level.
func NewLogHandler(options *slog.HandlerOptions) slog.Handler {
	var own slog.HandlerOptions
	if options != nil {
		own = *options
	}
	replace := own.ReplaceAttr
	own.ReplaceAttr = func(groups []string, attr slog.Attr) slog.Attr {
		if len(groups) == 0 && (attr.Key == slog.TimeKey || attr.Key == slog.LevelKey || attr.Key == slog.MessageKey) {
			return slog.Attr{} // an empty one is left out
		}
		if replace != nil {
			return replace(groups, attr)
		}
		return attr
	}
	out := &lineBuffer{}
	return &logHandler{slog.NewTextHandler(&out.line, &own), out}
}

// lineBuffer holds one line; handlers made from each other share it.
type lineBuffer struct {
	mutex sync.Mutex
	line  bytes.Buffer
}

type logHandler struct {
	text slog.Handler // writes to out
	out  *lineBuffer
}

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.text.Enabled(ctx, level)
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.text.WithAttrs(attrs), h.out}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.text.WithGroup(name), h.out}
}

func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	h.out.mutex.Lock()
	defer h.out.mutex.Unlock()
	line := &h.out.line
	line.Reset()
	line.WriteString(record.Message)
	line.WriteByte(' ')
	if err := h.text.Handle(ctx, record); err != nil {
		return err
	}
	Log(record.Level, text(bytes.TrimSpace(line.Bytes())))
	return nil
}
