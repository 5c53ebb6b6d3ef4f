"""A server of HTTP/1.1 on loopback, for suites that fetch: each path behaves in one way.

/echo               JSON of the method, the path, fields in lower case and the body
/status?CODE        that status
/redirect?CODE,TO   that status, to there
/encoded?HOW        "encoded text" in gzip, x-gzip, deflate, raw (deflate without zlib's head), broken, cut, br or none
/fields             repeated ones, and such as scripts may not change
/never              no answer; ends when the client leaves
/begins             a head and "begin"; then as /never
/backwards          each piece of the request's body, as it comes, with its bytes in reverse order
/left               how many of /never and /begins a client has left, and clears the count
"""
import contextlib
import gzip
import http.server
import json
import sys
import threading
import urllib.parse
import zlib

TEXT = b"encoded text " * 1000


def encoded(how):
    """The field, and the body."""
    if how == "deflate":
        return "deflate", zlib.compress(TEXT)
    if how == "raw":
        made = zlib.compressobj(wbits=-15)
        return "deflate", made.compress(TEXT) + made.flush()
    if how == "broken":
        return "gzip", b"no gzip at all"
    if how == "cut":
        return "gzip", gzip.compress(TEXT)[:-20]
    if how == "br":
        return "br", b"\x0b\x02\x80text\x03"
    if how == "none":
        return "", TEXT
    return how, gzip.compress(TEXT)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    left = 0
    lock = threading.Lock()

    def pieces(self):
        """Of the request's body, as they come."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while line := self.rfile.readline():
                size = int(line.split(b";")[0], 16)
                piece = self.rfile.read(size)
                self.rfile.readline()
                if size == 0:
                    return
                yield piece
            raise ConnectionError("the client left in its body")
        elif length := int(self.headers.get("Content-Length", 0)):
            yield self.rfile.read(length)

    def answer(self, status, body=b"", *fields):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def wait_for_the_clients_end(self):
        # A client that leaves with something unread resets the connection.
        with contextlib.suppress(ConnectionError):
            self.connection.recv(1)
        with Handler.lock:
            Handler.left += 1
        self.close_connection = True

    def handle_one(self):
        path, _, query = self.path.partition("?")
        if path == "/never":
            return self.wait_for_the_clients_end()
        if path == "/begins":
            with contextlib.suppress(ConnectionError):  # once it has the head, it may leave
                self.send_response(200)
                self.send_header("Content-Length", "1000000")
                self.end_headers()
                self.wfile.write(b"begin")
            return self.wait_for_the_clients_end()
        if path == "/backwards":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in self.pieces():
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece[::-1] + b"\r\n")
            return self.wfile.write(b"0\r\n\r\n")
        body = b"".join(self.pieces())
        if path == "/left":
            with Handler.lock:
                Handler.left, count = 0, Handler.left
            return self.answer(200, str(count).encode())
        if path == "/status":
            return self.answer(int(query), b"" if query in ("204", "304") else query.encode())
        if path == "/redirect":
            status, to = urllib.parse.unquote(query).split(",", 1)
            return self.answer(int(status), b"elsewhere", ("Location", to))
        if path == "/encoded":
            encoding, content = encoded(query)
            return self.answer(200, content, *([("Content-Encoding", encoding)] if encoding else []))
        if path == "/fields":
            return self.answer(200, b"", ("X-Twice", "one"), ("X-Twice", "two"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
                               ("Content-Type", "text/html; charset=UTF-8"))
        fields = {}
        for name, value in self.headers.items():
            fields.setdefault(name.lower(), []).append(value)
        seen = {"method": self.command, "path": self.path, "headers": {name: ", ".join(all_of) for name, all_of in fields.items()},
                "body": body.decode("utf-8", "replace")}
        return self.answer(200, json.dumps(seen).encode(), ("Content-Type", "application/json"))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_one

    def log_message(self, *_):
        """Not here."""


class LoopbackServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that leaves is part of what is tested."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def start():
    """A server that runs; shutdown() and server_close() end it."""
    server = LoopbackServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
