package wasmworkers

import (
	"crypto/tls"
	"net/http"
)

// The default transport keeps its type, which other packages rely on, and has this one send for it.
func init() {
	if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{} // or it would register its own
		transport.RegisterProtocol("http", Transport{})
		transport.RegisterProtocol("https", Transport{})
	}
}
