#!/usr/bin/env python3
"""Outgoing HTTP of the real binary: what workers send, what comes back, what ends it, what is refused.

usage: fetch.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import sys
import threading
import time

from robustness import PATIENCE, Server, children_of, cmdline, run_tests, until

CALLS, OLD = "/fetch_calls", "/http_send"


class Upstream:
    """A server that does what the path of a request says, and notes what it was asked."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.requests, self.ended, self.connections = [], [], 0
        self.gate = threading.Event()
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            while True:
                first = lines.readline()
                if not first:
                    return
                method, path, _ = first.decode().split()
                fields = {}
                while (line := lines.readline().strip()):
                    name, _, value = line.decode().partition(":")
                    fields[name.lower()] = value.strip()
                self.requests.append((method, path, fields))
                with contextlib.suppress(OSError):
                    if getattr(self, "do_" + path.split("/")[1])(connection, lines, method, path, fields) is None:
                        continue
                self.ended.append(path)
                return

    @staticmethod
    def body(lines, fields):
        """The body of a request, piece by piece."""
        if fields.get("transfer-encoding") == "chunked":
            while size := int(lines.readline(), 16):
                yield lines.read(size)
                lines.readline()
            lines.readline()
        elif "content-length" in fields:
            yield lines.read(int(fields["content-length"]))

    @staticmethod
    def answer(connection, body, status="200 OK", fields=""):
        connection.sendall(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{fields}\r\n".encode() + body)

    def do_hello(self, connection, lines, method, path, fields):
        self.answer(connection, b"hello", fields="x-from: upstream\r\nX-Two: 2\r\n")

    def do_echo(self, connection, lines, method, path, fields):
        self.answer(connection, method.encode() + b" " + b"".join(self.body(lines, fields)))

    def do_slow(self, connection, lines, method, path, fields):
        """Answers when all that were to come have come."""
        self.gate.wait(PATIENCE)
        self.answer(connection, b"late")

    def do_pieces(self, connection, lines, method, path, fields):
        """A first piece, and the second when the test has seen it."""
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        self.gate.wait(PATIENCE)
        connection.sendall(b"6\r\nsecond\r\n0\r\n\r\n")

    def do_flood(self, connection, lines, method, path, fields):
        """More than anybody reads, until the other end goes."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        self.sent = 0
        try:
            while True:
                self.sent += connection.send(b"x" * 65536)
        except OSError:
            return "gone"

    def do_hang(self, connection, lines, method, path, fields):
        """Says nothing until the other end goes."""
        connection.settimeout(PATIENCE)
        return "gone" if connection.recv(1) == b"" else "?"

    def do_cut(self, connection, lines, method, path, fields):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
        return "cut"

    def do_move(self, connection, lines, method, path, fields):
        self.answer(connection, b"", "302 Found", f"location: {path.removeprefix('/move')}\r\n")

    def do_out(self, connection, lines, method, path, fields):
        self.answer(connection, b"", "302 Found", "location: http://169.254.169.254/latest\r\n")


class Proxy:
    """A proxy that makes tunnels and notes the heads of the requests for them."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heads = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def serve(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        self.heads.append(head.decode())
        host, _, port = head.split()[1].decode().rpartition(":")
        other = socket.create_connection((host, int(port)))
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=self.pass_on, args=(other, connection), daemon=True).start()
        self.pass_on(connection, other)

    @staticmethod
    def pass_on(here, there):
        with contextlib.suppress(OSError):
            while data := here.recv(65536):
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)


def toml(hosts, more="", variables=""):
    listed = ", ".join(f'"{host}"' for host in hosts)
    return f'[features.http_requests]\nallowed_hosts = [{listed}]\nallow_http = true\n{more}\n[vars]\n{variables}\n'


class Fetching(Server):
    """A server with both workers, which may reach the upstream."""

    def __init__(self, wws, upstream, *options, more="", variables=None, processes=2, hosts=None, extra_guests=(),
                 project=""):
        self.hosts = hosts if hosts is not None else [f"127.0.0.1:{upstream.port}"]
        self.more = more
        self.project = project
        self.variables = variables or {"METHOD": "0", "URL": upstream.url("/hello")}
        super().__init__(wws, "--processes", str(processes), "--log-level", "warn", *options,
                         guests=("fetch_calls", "http_send", "hello", *extra_guests))

    def prepare(self):
        text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in self.variables.items())
        (self.folder / "wws.toml").write_text(self.project)
        for name in ("fetch_calls", "http_send"):
            (self.folder / f"{name}.toml").write_text(toml(self.hosts, self.more, text))

    def egress_child(self):
        return next((pid for pid in children_of(self.process.pid) if b"__egress" in cmdline(pid)), None)

    def ask(self, what, url, body=None, method=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method or ("GET" if body is None else "POST"), f"{CALLS}?{what}={url}", body=body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def test_an_answer_comes_with_all_its_parts(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        status, headers, body = server.ask("get", upstream.url("/hello"))
        assert (status, headers["x-status"], headers["x-url"], body) == (200, "200", upstream.url("/hello"), b"hello"), (
            status, headers, body, server.log())
        method, path, fields = upstream.requests[0]
        assert (method, path, fields["host"]) == ("GET", "/hello", f"127.0.0.1:{upstream.port}"), upstream.requests
        assert fields["cdn-loop"] == "wws", fields


def test_a_module_of_wws_1_4_sends_its_request(wws):
    upstream = Upstream()
    variables = {"METHOD": "1", "URL": upstream.url("/echo"), "BODY": "text", "HEADER": "x-asked", "VALUE": "yes"}
    with Fetching(wws, upstream, variables=variables) as server:
        assert server.get(OLD) == (200, b"POST text"), server.log()
        assert upstream.requests[0][2]["x-asked"] == "yes", upstream.requests
    with Fetching(wws, upstream) as server:
        status, body = server.get(OLD)
        assert (status, body) == (200, b"hello"), (status, body, server.log())
    with Fetching(wws, upstream, variables={"METHOD": "0", "URL": "http://example.com/"}) as server:
        status, body = server.get(OLD)
        assert status == 200 and body.startswith(b"error 3: "), (status, body)  # not-allowed
    with Fetching(wws, upstream, variables={"METHOD": "7", "URL": upstream.url("/hello")}) as server:
        assert server.get(OLD)[0] == 500
        assert "http.send-http-request: no such method" in server.log(), server.log()


def test_ten_requests_overlap(wws):
    upstream = Upstream()
    with Fetching(wws, upstream, more="at_a_time = 10") as server:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(server.ask("ten", upstream.url("/slow"))))
        asking.start()
        until(lambda: len(upstream.requests) == 10, "ten requests at once")
        upstream.gate.set()
        asking.join(PATIENCE)
        assert answers[0][2] == b"200 " * 10, answers


def test_six_run_at_a_time_and_the_others_after_them(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(server.ask("ten", upstream.url("/slow"))))
        asking.start()
        until(lambda: len(upstream.requests) == 6, "six requests")
        assert server.get("/hello")[0] == 200
        assert len(upstream.requests) == 6, upstream.requests
        upstream.gate.set()
        asking.join(PATIENCE)
        assert answers[0][2] == b"200 " * 10, answers


def test_bodies_stream_both_ways(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", f"{CALLS}?get={upstream.url('/pieces')}")
        answer = connection.getresponse()
        assert answer.read(5) == b"first"
        upstream.gate.set()
        assert answer.read() == b"second"
        large = os.urandom(3 << 20)
        status, _, body = server.ask("post", upstream.url("/echo"), body=large)
        assert status == 200 and body == b"POST " + large, (status, len(body), server.log())


def test_an_answer_that_nobody_reads_comes_to_rest(wws):
    upstream = Upstream()
    with Fetching(wws, upstream, processes=1) as server:
        with server.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(f"GET {CALLS}?get={upstream.url('/flood')} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            until(lambda: getattr(upstream, "sent", 0) > 0, "the first bytes")
            last = -1
            while upstream.sent != last:  # it stands still when all buffers between are full
                last = upstream.sent
                time.sleep(0.3)
            assert last < 24 << 20, f"{last} bytes are held for a client that does not read"
            child = server.egress_child()
            memory = int(pathlib.Path(f"/proc/{child}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
            assert memory < 96 << 20, memory
        until(lambda: "/flood" in upstream.ended, "the end of what nobody wants")


def test_a_client_that_leaves_ends_what_is_under_way(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        with server.connect() as client:
            client.sendall(f"GET {CALLS}?get={upstream.url('/hang')} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            until(lambda: upstream.requests, "the request")
        until(lambda: "/hang" in upstream.ended, "the end of the request")


def test_a_guest_that_ends_cancels_its_requests(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        for _ in range(20):
            assert server.ask("leave", upstream.url("/hang"))[0] == 200
        assert server.get("/hello")[0] == 200
        until(lambda: len(upstream.ended) == len(upstream.requests), "the end of all requests")


def test_an_answer_that_is_cut_is_told(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        try:  # its first bytes may have left before the rest was missing
            status, _, body = server.ask("get", upstream.url("/cut"))
            assert status == 500, f"the client was told that {body} is all"
        except (http.client.IncompleteRead, ConnectionError):
            pass


def test_redirects_are_followed_and_judged(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        status, headers, body = server.ask("get", upstream.url("/move/hello"))
        assert (status, body, headers["x-url"]) == (200, b"hello", upstream.url("/hello")), (status, body, headers)
        status, _, body = server.ask("get", upstream.url("/out"))
        assert status == 502 and body.startswith(b"-18 "), (status, body)


def test_what_is_not_allowed_is_not_sent(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        for url in (f"http://127.0.0.1:{upstream.port + 1}/", f"http://localhost:{upstream.port}/",
                    f"http://0177.0.0.1:{upstream.port + 1}/", "http://10.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd"):
            status, _, body = server.ask("get", url)
            assert status == 502 and body.split()[0] in (b"-18", b"-3"), (url, status, body)
        assert not upstream.requests
    with Fetching(wws, upstream, hosts=[]) as server:
        status, _, body = server.ask("get", upstream.url("/hello"))
        assert status == 502 and body.startswith(b"-5 "), (status, body)
        assert server.egress_child() is None, "nobody needs it"


def test_the_server_itself_is_no_target(wws):
    upstream = Upstream()
    with Fetching(wws, upstream, hosts=["127.0.0.1"]) as server:
        assert server.ask("get", upstream.url("/hello"))[0] == 200
        status, _, body = server.ask("get", f"http://127.0.0.1:{server.port}/hello")
        assert status == 502 and body.startswith(b"-18 "), (status, body)


def test_connections_are_used_again_by_all_processes(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        for _ in range(40):
            assert server.ask("get", upstream.url("/hello"))[2] == b"hello"
        assert len(upstream.requests) == 40
        assert upstream.connections <= 2, upstream.connections


def test_a_killed_child_fails_what_is_under_way_and_nothing_else(wws):
    upstream = Upstream()
    with Fetching(wws, upstream) as server:
        answers = []
        asking = threading.Thread(target=lambda: answers.append(server.ask("get", upstream.url("/hang"))))
        asking.start()
        until(lambda: upstream.requests, "the request")
        first = server.egress_child()
        os.kill(first, signal.SIGKILL)
        asking.join(PATIENCE)
        assert answers[0][0] == 502 and answers[0][2].startswith(b"-9 "), answers
        assert server.get("/hello")[0] == 200
        until(lambda: server.egress_child() not in (None, first), "another child")
        until(lambda: server.ask("get", upstream.url("/hello"))[0] == 200, "requests that go out again")


def test_a_proxy_is_used_and_judges_nothing(wws):
    upstream, proxy = Upstream(), Proxy()
    project = f'[fetch]\nproxy = "http://user:word@127.0.0.1:{proxy.port}"\n'
    with Fetching(wws, upstream, project=project) as server:
        for _ in range(2):
            status, _, body = server.ask("get", upstream.url("/hello"))
            assert (status, body) == (200, b"hello"), (status, body, server.log())
        assert len(proxy.heads) == 1, "a tunnel is used again"
        assert proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{upstream.port} HTTP/1.1\r\n"), proxy.heads
        assert "Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n" in proxy.heads[0], proxy.heads
        assert "cdn-loop" not in proxy.heads[0].lower(), "the request's fields are for who it is for"
        assert all("proxy-authorization" not in fields for _, _, fields in upstream.requests), upstream.requests
        for url in ("http://10.0.0.1/", f"http://127.0.0.1:{upstream.port + 1}/", upstream.url("/out")):
            status, _, body = server.ask("get", url)
            assert status == 502 and body.startswith(b"-18 "), (url, status, body)
        assert len(proxy.heads) == 1, "what is not allowed does not go to the proxy either"
    unused = socket.create_server(("127.0.0.1", 0))
    gone = unused.getsockname()[1]
    unused.close()
    with Fetching(wws, upstream, project=f'[fetch]\nproxy = "http://127.0.0.1:{gone}"\n') as server:
        status, _, body = server.ask("get", upstream.url("/hello"))
        assert status == 502 and body.startswith(b"-19 "), (status, body)


def test_time_limits_are_kept(wws):
    upstream = Upstream()
    with Fetching(wws, upstream, more='first_byte_timeout = "300ms"') as server:
        status, _, body = server.ask("get", upstream.url("/hang"))
        assert status == 502 and body.startswith(b"-21 "), (status, body)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
