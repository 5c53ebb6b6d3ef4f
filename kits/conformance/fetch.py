#!/usr/bin/env python3
"""The outgoing requests of a kit's conformance worker, to a server that this starts.

usage: fetch.py --wws BINARY --guests FOLDER [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import http.server
import os
import pathlib
import shutil
import socket
import sys
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tests"))
from robustness import PATIENCE, Server, run_tests, until  # noqa: E402

CONFIG = """
name = "kit"
version = "1"
[features.http_requests]
allowed_hosts = ["127.0.0.1:{}", "127.0.0.1:{}"]
allowed_methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
allow_http = true
timeout = "{}"
"""
LARGE = 3_000_000


class Answers(http.server.BaseHTTPRequestHandler):
    """What the other side does, by path."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body_pieces(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        elif length := int(self.headers.get("content-length", 0)):
            yield self.rfile.read(length)

    def head(self, status=200, **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def whole(self, body, status=200, **fields):
        self.head(status, Content_Length=str(len(body)), **fields)
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunk(self, bytes_):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(bytes_), bytes_))

    def do(self):
        site = self.server.site
        name = self.path.strip("/").split("?")[0]
        if name == "watch":  # tells what arrives
            for piece in self.body_pieces():
                site.arrived += piece
            return self.whole(b"%d" % len(site.arrived))
        body = b"".join(self.body_pieces())
        if name == "echo":
            text = f"{self.command} {self.path} {self.headers.get('x-sent', '')}\n".encode()
            self.send_response(201)
            for value in ("1", "2"):
                self.send_header("X-A", value)
            self.send_header("Content-Type", "text/x-echo")
            self.send_header("Content-Length", str(len(text + body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text + body)
        elif name == "moved":
            self.whole(b"", 302, Location="/echo?after")
        elif name == "round":
            self.whole(b"", 302, Location="/round")
        elif name == "large":
            self.whole(b"y" * LARGE)
        elif name == "chunks":  # the second comes when the first was seen at the other end
            self.head(Transfer_Encoding="chunked", Content_Type="text/plain")
            self.chunk(b"first ")
            assert site.seen.wait(PATIENCE)
            self.chunk(b"second")
            self.chunk(b"")
        elif name == "broken":
            self.head(Content_Length="100")
            self.wfile.write(b"some")
            assert site.seen.wait(PATIENCE)
            self.close_connection = True
        elif name == "endless":
            self.head(Transfer_Encoding="chunked")
            try:
                while True:
                    self.chunk(b"z" * 10_000)
            except OSError:
                site.left.set()
                self.close_connection = True
        elif name == "hangs":
            self.connection.settimeout(PATIENCE)
            if not self.connection.recv(1):
                site.left.set()
            self.close_connection = True
        elif name.startswith("together"):  # answers when all are there
            site.barrier.wait(PATIENCE)
            self.whole(name.encode())
        else:
            self.whole(b"not found", 404)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do


class Site(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    handle_error = lambda *_: None  # those who break off are part of it  # noqa: E731

    def __init__(self, parties=1):
        self.site = self
        self.arrived = b""
        self.seen, self.left = threading.Event(), threading.Event()
        self.barrier = threading.Barrier(parties)
        super().__init__(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


class Kit(Server):
    def __init__(self, wws, module, parties=1, timeout="60s"):
        self.module, self.timeout = module, timeout
        self.site = Site(parties)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.silent = unused.getsockname()[1]
        super().__init__(wws, "--processes", "1")

    def prepare(self):
        place = self.folder / "kit"
        place.mkdir()
        shutil.copy(self.module, place / "[...path].wasm")
        (place / "[...path].toml").write_text(self.config())

    def config(self):
        return CONFIG.format(self.site.server_address[1], self.silent, self.timeout)

    def __exit__(self, *arguments):
        self.site.shutdown()
        self.site.server_close()
        return super().__exit__(*arguments)

    def begin(self, what, method="GET", body=None, **query):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, f"/kit/fetch/{what}?{urllib.parse.urlencode(query)}", body=body,
                           encode_chunked=body is not None and not isinstance(body, bytes))
        return connection.getresponse()

    def ask(self, what, method="GET", body=None, **query):
        answer = self.begin(what, method, body, **query)
        return answer.status, answer.headers, answer.read()

    def do(self, what, method="GET", body=None, **query):
        status, _, answer = self.ask(what, method, body, **query)
        assert status == 200, (what, query, status, answer[:200], self.log()[-2000:])
        return answer

    def fail(self, what, method="GET", body=None, **query):
        status, _, answer = self.ask(what, method, body, **query)
        assert status == 502 and b"\n" in answer, (what, query, status, answer[:200], self.log()[-2000:])
        return answer.decode().split("\n")[0]


class Bare(Kit):
    def config(self):
        return 'name = "kit"\nversion = "1"\n'


def test_a_request_goes_out_and_its_answer_comes_back(wws, module):
    with Kit(wws, module) as server:
        url = server.site.url("echo?a=b%20c")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            body = None if method == "GET" else os.urandom(1000)
            status, headers, answer = server.ask("send", method, body, url=url, x="yes")
            assert status == 201, (status, answer, server.log()[-2000:])
            assert answer == f"{method} /echo?a=b%20c yes\n".encode() + (body or b""), answer
            assert headers["x-upstream"] == "1, 2" and headers["x-url"] == url, headers
            assert headers["content-type"] == "text/x-echo"
        assert server.ask("send", "HEAD", url=url)[0] == 201
        assert server.ask("send", url=server.site.url("none"))[0] == 404


def test_large_bodies_go_both_ways(wws, module):
    with Kit(wws, module) as server:
        assert server.do("send", url=server.site.url("large")) == b"y" * LARGE
        body = os.urandom(LARGE)
        status, _, answer = server.ask("send", "POST", body, url=server.site.url("echo"))
        assert (status, answer) == (201, b"POST /echo \n" + body)
        assert server.ask("pass", "POST", body, url=server.site.url("echo"))[2] == b"POST /echo \n" + body
        assert server.do("made", url=server.site.url("watch"), bytes=LARGE) == b"%d" % LARGE
        assert server.site.arrived == b"x" * LARGE
        assert server.ask("made", url=server.site.url("echo"), bytes=0)[2] == b"POST /echo \n"


def test_an_answer_is_passed_on_as_it_arrives(wws, module):
    with Kit(wws, module) as server:
        answer = server.begin("send", url=server.site.url("chunks"))
        assert answer.read(6) == b"first "
        server.site.seen.set()
        assert answer.read() == b"second"


def test_a_body_is_sent_on_as_it_arrives(wws, module):
    with Kit(wws, module) as server:
        def pieces():
            yield b"first "
            until(lambda: server.site.arrived == b"first ", "the first piece")
            yield b"second"
        assert server.do("pass", "POST", pieces(), url=server.site.url("watch")) == b"12"
        assert server.site.arrived == b"first second"


def test_redirects(wws, module):
    with Kit(wws, module) as server:
        status, headers, answer = server.ask("send", url=server.site.url("moved"))
        assert (status, answer) == (201, b"GET /echo?after \n")
        assert headers["x-url"] == server.site.url("echo?after")
        assert server.ask("send", url=server.site.url("moved"), redirect="manual")[0] == 302
        assert server.fail("send", url=server.site.url("moved"), redirect="error") == "Redirect"


def test_requests_overlap(wws, module):
    with Kit(wws, module, parties=6) as server:
        texts = server.do("overlap", url=server.site.url("together"), count=6)
        assert texts.decode().split("\n") == [f"together{number}" for number in range(6)]


def test_what_is_dropped_is_broken_off(wws, module):
    with Kit(wws, module) as server:
        assert server.do("drop", url=server.site.url("endless")) == b"dropped"
        assert server.site.left.wait(PATIENCE)


def test_a_worker_may_give_up(wws, module):
    with Kit(wws, module) as server:
        assert server.do("late", url=server.site.url("hangs"), ms=50) == b"late"
        assert server.site.left.wait(PATIENCE)
        assert server.do("late", url=server.site.url("large"), ms=60_000) == b"in time"


def test_errors_have_names(wws, module):
    with Kit(wws, module) as server:
        assert server.fail("send", url="http://127.0.0.1:1/") == "NotAllowed"
        assert server.fail("send", "OPTIONS", url=server.site.url("echo")) == "NotAllowed"
        assert server.fail("send", url=f"http://127.0.0.1:{server.silent}/") == "Unreachable"
        for what in ("made", "drop", "late", "overlap"):
            assert server.fail(what, url="http://127.0.0.1:1/", bytes=1, ms=60_000, count=3) == "NotAllowed", what
        assert server.fail("pass", "POST", b"body", url="http://127.0.0.1:1/") == "NotAllowed"


def test_an_answer_that_breaks_off(wws, module):
    with Kit(wws, module) as server:
        answer = server.begin("send", url=server.site.url("broken"))
        assert answer.read(4) == b"some"
        server.site.seen.set()
        try:
            raise AssertionError(f"the answer passed for a whole one: {answer.read()}")
        except (http.client.IncompleteRead, ConnectionError):
            pass


def test_a_time_limit(wws, module):
    with Kit(wws, module, timeout="300ms") as server:
        assert server.fail("send", url=server.site.url("hangs")) == "Timeout"


def test_a_worker_that_may_send_none_is_told(wws, module):
    with Bare(wws, module) as server:
        for what in ("send", "made", "drop", "late", "overlap"):
            assert server.fail(what, url=server.site.url("echo"), bytes=1, ms=60_000, count=3) == "NotAllowed", what


def test_a_worker_of_the_first_kind_sends(wws, module):
    """bindings::send_http_request of the Rust kit: only it has this way."""
    if module.parent.name != "rust":
        return
    with Kit(wws, module.parent / "classic.wasm") as server:
        def ask(path, method="GET", body=None):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            connection.request(method, "/kit/any?" + path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            body = None if method == "GET" else b"text of " + method.encode()
            status, headers, answer = ask(server.site.url("echo"), method, body)
            assert (status, headers["x-upstream"]) == (201, "1, 2"), (status, headers, answer, server.log()[-2000:])
            assert answer == f"{method} /echo yes\n".encode() + (body or b""), answer
        assert ask(server.site.url("large"))[2] == b"y" * LARGE
        assert ask(server.site.url("moved"))[2] == b"GET /echo?after yes\n"
        for url, error in (("http://127.0.0.1:1/", b"NotAllowed"), (f"http://127.0.0.1:{server.silent}/", b"InternalError")):
            status, _, answer = ask(url)
            assert status == 502 and answer.split(b"\n")[0] == error, (status, answer)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--guests", required=True, type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws), arguments.guests / "kit.wasm")


if __name__ == "__main__":
    sys.exit(main())
