#!/usr/bin/env python3
"""Reloads that change what services are told, while requests use these: none fails.

usage: reload_services.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import asyncio
import http.client
import http.server
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import reload
from reload import put
from restart import Load
from robustness import (GUESTS, PATIENCE, LeftOut, Server, ask_admin, children_of, cmdline, is_alive, load, receive, run_tests,
                        until)

ASKS = """export default {
  fetch: async (request) => {
    try {
      return await fetch(new URL(request.url).searchParams.get("u"));
    } catch (error) {
      return new Response(String(error), { status: 502 });
    }
  },
};
"""


class Upstream(http.server.ThreadingHTTPServer):
    """Answers with the path, at every address of this machine; the second half of what is below /gate when the gate
    is open."""

    daemon_threads = True
    request_queue_size = 128

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.path.encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            half = len(body) // 2
            self.wfile.write(body[:half])
            if self.path.startswith("/gate"):
                self.wfile.flush()
                self.server.waiting.release()
                self.server.gate.wait(PATIENCE)
            self.wfile.write(body[half:])

        def log_message(self, *_):
            pass

    def __init__(self):
        self.gate = threading.Event()
        self.waiting = threading.Semaphore(0)
        super().__init__(("0.0.0.0", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.server_port}{path}"


class Site(reload.Site):
    """With the cache of whoever runs the test, for the engine of JavaScript takes its time."""

    def __init__(self, wws, *options, files):
        self.project = tempfile.TemporaryDirectory(prefix="wws-services-")
        self.root = pathlib.Path(self.project.name) / "site"
        self.root.mkdir()
        for name, content in files.items():
            put(self.root / name, content)
        self.watches = "--watch" in options
        Server.__init__(self, wws, "--processes", "2", "--access-log", "off", *options, folder=self.root)

    def __exit__(self, *_):
        Server.__exit__(self)
        self.project.cleanup()


def asks_toml(*hosts):
    return f'[features.http_requests]\nallowed_hosts = [{", ".join(map(repr, hosts))}]\nallow_http = true\n'


def services(site, command):
    return [pid for pid in children_of(site.process.pid) if command in cmdline(pid)]


def said(site, text, times=1):
    try:
        until(lambda: site.log().count(text) >= times, f"{text!r}, {times} times")
    except AssertionError as error:
        raise AssertionError(f"{error}, in\n{site.log()}") from None


def ask(site, url):
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
    connection.request("GET", "/asks?u=" + url)
    answer = connection.getresponse()
    return answer.status, answer.read()


def under_load(site, paths, work, connections=6):
    """Answers and failures of requests that are sent while the function works."""
    async def run():
        done = asyncio.create_task(asyncio.to_thread(work))
        answers, failures = {path: 0 for path in paths}, []
        while not done.done():
            more, failed = await load(site.port, paths, connections, 10 * len(paths) * connections)
            for path in paths:
                answers[path] += more // len(paths)
            failures += failed
        await done
        return answers, failures
    return asyncio.run(run())


def count_of(site, path):
    return int(site.get(path)[1])


def test_no_request_fails_while_tables_and_quotas_change(wws):
    upstream = Upstream()
    files = {"asks.js": ASKS, "asks.toml": asks_toml("127.0.0.1"), "count.wasm": (GUESTS / "kv_count.wasm").read_bytes(),
             "count.toml": '[data.kv]\nnamespace = "n"\n', "wws.toml": ""}
    with Site(wws, "--kv", "memory", files=files) as site:
        site.answers("/count?reset=1", 200)
        until(lambda: ask(site, upstream.url("/x")) == (200, b"/x"), "the script\n" + site.log())

        def change():
            for i in range(12):
                kind = i % 3
                if kind == 0:  # a grant, a limit and a namespace that were not there
                    put(site.root / "asks.toml", asks_toml("127.0.0.1", f"h{i}.example") + f'timeout = "{20 + i}s"\n')
                    shutil.copy(GUESTS / "kv_count.wasm", site.root / f"n{i}.wasm")
                    put(site.root / f"n{i}.toml", f'[data.kv]\nnamespace = "n{i}"\n')
                elif kind == 1:  # what all of them share
                    put(site.root / "wws.toml", f'[fetch]\nhttp2 = false\n[kv]\nquota = "{i + 1}MiB"\n')
                else:
                    put(site.root / "wws.toml", f'[kv]\nnamespace_quota = "{i + 1}MiB"\n')
                quotas = site.log().count("the key-value store has other quotas")
                others = site.log().count("reload: another egress child")
                site.saved()
                if kind == 0:
                    site.answers(f"/n{i}", 200)
                else:
                    said(site, "the key-value store has other quotas", quotas + 1)
                said(site, "reload: another egress child", others + 1)

        paths = ["/asks?u=" + upstream.url("/x"), "/count"]
        answers, failures = under_load(site, paths, change)
        print(f"  {sum(answers.values())} answers while 12 reloads changed tables and quotas")
        assert not failures and min(answers.values()) > 20, (answers, failures[:5], site.log()[-3000:])
        assert count_of(site, "/count") == answers["/count"] + 1, "what was in memory is still there"
        until(lambda: len(services(site, b"__egress")) == 1, "one egress child is left")
        assert len(services(site, b"__store")) == 1 and "died" not in site.log(), site.log()
        assert site.stop() == 0


def test_a_fetch_under_way_ends_well(wws):
    upstream = Upstream()
    with Site(wws, files={"asks.js": ASKS, "asks.toml": asks_toml("127.0.0.1")}) as site:
        until(lambda: ask(site, upstream.url("/x")) == (200, b"/x"), "the script\n" + site.log())
        refused = ask(site, upstream.url("/x", "127.0.0.2"))
        assert refused[0] == 502, refused
        [before] = services(site, b"__egress")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(ask(site, upstream.url("/gate")))) for _ in range(4)]
        for thread in threads:
            thread.start()
            upstream.waiting.acquire()
        put(site.root / "asks.toml", asks_toml("127.0.0.1", "127.0.0.2"))
        site.saved()
        site.answers("/asks?u=" + upstream.url("/new", "127.0.0.2"), 200, b"/new")
        assert len(services(site, b"__egress")) == 2 and is_alive(before) and not answers, (answers, site.log())
        upstream.gate.set()
        for thread in threads:
            thread.join()
        assert answers == [(200, b"/gate")] * 4, answers
        until(lambda: not is_alive(before), "the child before has nothing to do any more")
        assert "died" not in site.log() and site.stop() == 0, site.log()


def test_what_takes_longer_than_requests_have_is_ended(wws):
    upstream = Upstream()
    with Site(wws, "--stop-time", "1", files={"asks.js": ASKS, "asks.toml": asks_toml("127.0.0.1")}) as site:
        until(lambda: ask(site, upstream.url("/x")) == (200, b"/x"), "the script\n" + site.log())
        with site.connect() as sock:
            sock.sendall(f"GET /asks?u={upstream.url('/gate')} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            upstream.waiting.acquire()
            put(site.root / "asks.toml", asks_toml("127.0.0.1", "127.0.0.2"))
            site.saved()
            said(site, "it was still asked for something 1 s after another one took its place")
        until(lambda: len(services(site, b"__egress")) == 1, "the next one is left")
        assert ask(site, upstream.url("/new", "127.0.0.2")) == (200, b"/new")
        upstream.gate.set()
        assert site.stop() == 0, site.log()


def test_a_child_that_cannot_begin_changes_nothing(wws):
    upstream = Upstream()
    files = {"asks.js": ASKS, "asks.toml": asks_toml("127.0.0.1"), "plain.js": 'export default () => new Response("one");'}
    with Site(wws, "--watch", files=files) as site:
        until(lambda: ask(site, upstream.url("/x")) == (200, b"/x"), "the script\n" + site.log())
        [before] = services(site, b"__egress")
        refused = "reload: the egress child cannot begin with what is new: "
        put(site.root / "bad.pem", "no certificate\n")
        put(site.root / "asks.toml", asks_toml("127.0.0.1", "127.0.0.2"))
        site.answers("/asks?u=" + upstream.url("/x", "127.0.0.2"), 200)
        until(lambda: services(site, b"__egress") not in ([], [before]), "the next one")
        until(lambda: len(services(site, b"__egress")) == 1, "it is alone")
        [before] = services(site, b"__egress")

        def change():
            for i in range(4):
                put(site.root / "plain.js", 'export default () => new Response("two");')
                put(site.root / "wws.toml", f'[fetch]\nca_file = "bad.pem"\n[kv]\nquota = "{i + 1}MiB"\n')
                said(site, refused, i + 1)

        answers, failures = under_load(site, ["/asks?u=" + upstream.url("/x"), "/plain"], change)
        assert not failures and min(answers.values()) > 5, (answers, failures[:5], site.log())
        assert "what was served goes on" in site.log().split(refused)[1].splitlines()[0], site.log()
        assert services(site, b"__egress") == [before] and site.get("/plain") == (200, b"one")
        # A process that takes the place of another has what is served.
        os.kill(before, signal.SIGKILL)
        until(lambda: services(site, b"__egress") not in ([], [before]), "another one")
        site.answers("/asks?u=" + upstream.url("/x", "127.0.0.2"), 200)
        put(site.root / "wws.toml", "[fetch]\nhttp2 = false\n")
        site.answers("/plain", 200, b"two")
        assert ask(site, upstream.url("/x")) == (200, b"/x")
        assert site.stop() == 0, site.log()


def test_a_service_that_comes_with_a_reload_and_cannot_begin(wws):
    upstream = Upstream()
    with Site(wws, "--watch", files={"plain.js": 'export default () => new Response("one");'}) as site:
        site.answers("/plain", 200, b"one")
        put(site.root / "bad.pem", "no certificate\n")
        put(site.root / "wws.toml", '[fetch]\nca_file = "bad.pem"\n')
        put(site.root / "asks.toml", asks_toml("127.0.0.1"))
        put(site.root / "asks.js", ASKS)
        said(site, "reload: the egress child cannot begin with what is new: ")
        site.answers("/asks", 404)
        site.answers("/plain", 200, b"one")
        put(site.root / "wws.toml", "")
        site.answers("/asks?u=" + upstream.url("/x"), 200, b"/x")
        assert site.stop() == 0, site.log()


def test_a_reload_is_counted_once(wws):
    """One whose child could not begin counted as good, and as refused too."""
    upstream = Upstream()
    files = {"asks.js": ASKS, "asks.toml": asks_toml("127.0.0.1"), "bad.pem": "no certificate\n"}
    with tempfile.TemporaryDirectory() as folder, Site(wws, "--admin", f"unix:{folder}/admin", files=files) as site:
        def count():
            text = ask_admin(folder + "/admin", "/metrics")
            return {line.split('"')[1]: int(line.split()[1]) for line in text.splitlines() if line.startswith("wws_reloads_total{")}

        site.answers("/asks?u=" + upstream.url("/x"), 200, b"/x")
        put(site.root / "wws.toml", '[fetch]\nca_file = "bad.pem"\n')
        site.saved()
        until(lambda: count() == {"ok": 0, "refused": 1, "smoke_failed": 0, "switched_back": 0}, "one that is refused\n" + site.log())
        put(site.root / "wws.toml", "[fetch]\nhttp2 = false\n")
        site.saved()
        until(lambda: count() == {"ok": 1, "refused": 1, "smoke_failed": 0, "switched_back": 0}, "one that is not\n" + site.log())
        put(site.root / "wws.toml", "what is this\n")
        site.saved()
        until(lambda: count() == {"ok": 1, "refused": 2, "smoke_failed": 0, "switched_back": 0}, "one that cannot be read\n" + site.log())
        assert site.stop() == 0, site.log()


def test_files_of_fetch_are_read_again_under_the_same_names(wws):
    """A certificate that was renewed in its place was used after the next start only."""
    if shutil.which("openssl") is None:
        raise LeftOut("there is no openssl")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("one", "other"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                            "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/{name}.key",
                            "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(f"{folder}/other.pem", f"{folder}/other.key")
        upstream = Upstream()
        upstream.socket = tls.wrap_socket(upstream.socket, server_side=True)
        url = upstream.url("/x").replace("http:", "https:")
        certificate = lambda name: pathlib.Path(folder, name).read_text()
        files = {"asks.js": ASKS, "asks.toml": asks_toml("127.0.0.1"), "ca.pem": certificate("one.pem"),
                 "wws.toml": '[fetch]\nca_file = "ca.pem"\n'}
        with Site(wws, files=files) as site:
            site.answers("/asks?u=" + url, 502)
            # In its place, beside it and renamed, and no file that is none.
            (site.root / "ca.pem").write_text(certificate("other.pem"))
            site.saved()
            said(site, "reload: another egress child")
            site.answers("/asks?u=" + url, 200, b"/x")
            put(site.root / "new.pem", certificate("one.pem"))
            (site.root / "new.pem").rename(site.root / "ca.pem")
            site.saved()
            said(site, "reload: another egress child", 2)
            site.answers("/asks?u=" + url, 502)
            (site.root / "ca.pem").unlink()
            site.saved()
            said(site, "reload: the egress child cannot begin with what is new: ")
            (site.root / "ca.pem").write_text(certificate("other.pem"))
            site.saved()
            said(site, "reload: another egress child", 3)
            site.answers("/asks?u=" + url, 200, b"/x")
            [child] = services(site, b"__egress")
            # Nothing is another: the child stays.
            site.saved()
            said(site, "reload: no worker changed", 5)
            assert services(site, b"__egress") == [child], site.log()
            assert site.stop() == 0, site.log()


def test_what_a_guest_has_open_stays_open(wws):
    toml = 'abi = "cgi"\n[[folders]]\nfrom = "data"\nto = "/data"\nmode = "rw"\n'
    files = {name: (GUESTS / "files.wasm").read_bytes() for name in ("files.wasm", "more.wasm")}
    files |= {"files.toml": toml, "more.toml": 'abi = "cgi"\n', "data/a": "what is in a"}
    with Site(wws, files=files) as site:
        def post(path, *lines):
            body = "".join(line + "\n" for line in lines).encode()
            with site.connect() as sock:
                sock.sendall(f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: {len(body)}\r\n"
                             "Connection: close\r\n\r\n".encode() + body)
                return receive(sock)

        until(lambda: post("/files", "open r /data/a") == (200, b"ok 4\n"), "the folder\n" + site.log())
        for number, pause in enumerate((1000, 4000, 20000)):  # of the guest, which a slow machine may need
            [before] = services(site, b"__folders")
            new, text, answers = site.root / f"data/new{number}", f"text{number}", []
            lines = ["open r /data/a", f"open wct /data/{new.name}", f"sleep {pause}", "read 4 100", f"write 5 {text}"]
            thread = threading.Thread(target=lambda: answers.append(post("/files", *lines)))
            thread.start()
            until(new.exists, "the guest has opened its files")
            (site.root / f"other{number}").mkdir()
            (site.root / f"other{number}/b").write_text("what is in b")
            put(site.root / "more.toml", f'abi = "cgi"\n[[folders]]\nfrom = "other{number}"\nto = "/data"\n')
            site.saved()
            said(site, "reload: another folders child", number + 1)
            until(lambda: post("/more", "open r /data/b") == (200, b"ok 4\n"), "the other folder\n" + site.log())
            is_under_way = not answers
            thread.join()
            assert answers == [(200, b"ok 4\nok 5\nok\nok 12 what is in a\nok 5\n")], (answers, site.log())
            assert new.read_text() == text
            until(lambda: not is_alive(before), "the child before has nothing to do any more")
            if is_under_way:
                break
        assert is_under_way, site.log()
        assert "died" not in site.log() and site.stop() == 0, site.log()


def test_no_request_fails_while_serving_processes_are_replaced(wws):
    files = {"count.wasm": (GUESTS / "kv_count.wasm").read_bytes(), "count.toml": '[data.kv]\nnamespace = "n"\n',
             "hello.wasm": (GUESTS / "hello.wasm").read_bytes()}
    with Site(wws, "--kv", "memory", files=files) as site:
        site.answers("/count?reset=1", 200)

        def change():
            for i in range(6):
                put(site.root / "wws.toml", f'memory_reset = "{("madvise", "scan")[i % 2]}"\n')
                site.saved()
                said(site, "is replaced, for one that has room for the new site", 2 * i + 2)
                until(lambda: len(site.children()) == 2, "those before are gone")

        with Load(site.port, ["/hello", "/count"]) as clients:
            change()
        print(f"  {sum(clients.answers.values())} answers while 12 processes were replaced")
        assert not clients.failures and min(clients.answers.values()) > 20, (clients.failures[:5], site.log()[-3000:])
        assert count_of(site, "/count") > clients.answers["/count"], "what was in memory is still there"
        assert "died" not in site.log() and site.stop() == 0, site.log()


class Operators:
    """Operators who read and write keys by the admin interface, without a pause."""

    WAYS = (("GET", "", None), ("GET", "/m", None), ("PUT", "/m/k%d", b"value"), ("GET", "/m/k%d", None), ("DELETE", "/m/k%d", None))

    def __init__(self, place, count=3):
        self.place, self.is_over, self.answers, self.failures = place, False, 0, []
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def run(self, number):
        while not self.is_over:
            for method, path, body in self.WAYS:
                path = "/api/v1/kv" + (path % number if "%" in path else path)
                length = f"Content-Length: {len(body)}\r\n" if body else ""
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.settimeout(PATIENCE)
                    sock.connect(self.place)
                    sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: t\r\n{length}\r\n".encode() + (body or b""))
                    status, answer = receive(sock)
                if status != 200:
                    self.failures.append((method, path, status, answer))
                self.answers += 1


def test_redis_is_reached_in_another_way(wws):
    if shutil.which("redis-server") is None:
        raise LeftOut("there is no redis-server")
    from kv_redis import Redis
    files = {"count.wasm": (GUESTS / "kv_count.wasm").read_bytes(), "count.toml": '[data.kv]\nnamespace = "n"\n',
             "password": "one\n",
             # A JSON worker's namespace is its own: it writes all of it. Operators have another one.
             "other.wasm": (GUESTS / "hello.wasm").read_bytes(), "other.toml": '[data.kv]\nnamespace = "m"\n'}
    with Redis() as redis:
        assert "OK" in redis.command("ACL", "SETUSER", "w", "on", ">one", ">two", "allkeys", "allchannels", "+@all"), "the user"

        def toml(i):
            return f'[kv]\nplace = "redis://w@127.0.0.1:{redis.port}"\npassword_file = "password"\ntime_limit = "{20 + i}s"\n'

        with tempfile.TemporaryDirectory() as folder, Site(wws, "--admin", f"unix:{folder}/admin",
                                                           files=files | {"wws.toml": toml(0)}) as site:
            (site.root / "password").chmod(0o600)
            site.answers("/count?reset=1", 200)

            def change():
                for i in range(1, 7):
                    (site.root / "password").write_text("two\n" if i % 2 else "one\n")
                    put(site.root / "wws.toml", toml(i))
                    site.saved()
                    said(site, "reload: another store child", i)

            with Operators(folder + "/admin") as operators:
                answers, failures = under_load(site, ["/count"], change, connections=2)
            assert not operators.failures and operators.answers > 20, (operators.answers, operators.failures[:5], site.log())
            assert not failures and answers["/count"] > 5, (answers, failures[:5], site.log())
            assert count_of(site, "/count") == answers["/count"] + 1, site.log()
            until(lambda: len(services(site, b"__store")) == 1, "one store child is left")
            assert "died" not in site.log() and site.stop() == 0, site.log()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
