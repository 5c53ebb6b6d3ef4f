#!/usr/bin/env python3
"""The real binary takes its own place (SIGUSR2): under load, with long answers, a store, a service manager, and with
programs that are no better than the one that is there.

usage: restart.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
from unittest import mock

from activation import Manager, Service, get, listener, project
from fetch import Upstream
from robustness import PATIENCE, ROOT, LeftOut, Server, children_of, cmdline, is_alive, link_or_copy, receive, run_tests, until
from streaming import is_sanitized
from terminal import Screen, rate

sys.path.append(str(ROOT / "bench"))
from slow_disk import slow_disk  # noqa: E402

RESTARTS = 20
SERVES = re.compile(r"the server with pid (\d+) serves from now on")
FETCHES = """export default { fetch: () => fetch("http://127.0.0.1:%d/hello") };\n"""
GRANT = '[features.http_requests]\nallowed_hosts = ["127.0.0.1"]\nallow_http = true\n'


class Chain(Server):
    """A server, and those that take its place. `pid` is the one that serves."""

    def __init__(self, wws, *options, processes=2, **more):
        self.pid = None
        super().__init__(wws, "--processes", str(processes), *options, **more)
        self.pid = self.process.pid

    def __exit__(self, *_):
        for pid in [*map(int, SERVES.findall(self.log())), self.pid]:
            if is_alive(pid) and pid != self.process.pid:
                os.kill(pid, signal.SIGKILL)
        super().__exit__()

    def supervisors(self):
        """Of this server's process group: those that serve, come, or go."""
        return [pid for pid in group(self.process.pid) if not cmdline(pid).split(b"\0", 1)[-1].startswith(b"__")]

    def ask_restart(self):
        os.kill(self.pid, signal.SIGUSR2)

    def restart(self):
        """Returns when another server serves in place of this one."""
        before, failed = len(SERVES.findall(self.log())), self.log().count("this one goes on")
        self.ask_restart()
        until(lambda: len(SERVES.findall(self.log())) > before or self.log().count("this one goes on") > failed,
              "another server")
        found = SERVES.findall(self.log())
        assert len(found) == before + 1, self.log()
        old, self.pid = self.pid, int(found[-1])
        return old

    def is_gone(self, pid):
        if pid == self.process.pid:
            return self.process.poll() is not None
        return not is_alive(pid)

    def goes_on(self, count):
        try:
            until(lambda: self.log().count("this one goes on") == count, "the line about it")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.log()}") from None
        assert self.get("/hello") == (200, b"hello")
        assert not self.is_gone(self.pid)

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        until(lambda: self.is_gone(self.pid), "the end")
        until(lambda: self.process.poll() is not None, "the end of the first")
        assert "died" not in self.log(), self.log()
        return self.process.returncode


def group(number):
    """Process ids of a process group."""
    pids = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, _, its_group = stat.read_text().rsplit(")", 1)[1].split()[:3]
            if int(its_group) == number and state not in "ZX":
                pids.append(int(stat.parent.name))
    return pids


class Load:
    """Clients that ask without a pause over connections that they keep. A connection of which the server said that it
    ends it is opened anew; anything else that ends one is a failure."""

    def __init__(self, port, paths, clients=6):
        self.port, self.ending, self.answers, self.failures = port, False, dict.fromkeys(paths, 0), []
        self.threads = [threading.Thread(target=self.ask, args=(paths[number % len(paths)],)) for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        for thread in self.threads:
            thread.join()

    def ask(self, path):
        sock = lines = None
        while not self.ending:
            try:
                if sock is None:
                    sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
                    lines = sock.makefile("rb")
                sock.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
                status, fields, _ = read_answer(lines)
                if status != 200:
                    self.failures.append((path, status))
                self.answers[path] += 1  # by one thread, or a few: the GIL is enough
            except (OSError, AssertionError) as error:
                self.failures.append((path, repr(error)))
                fields = {"connection": "close"}
            if fields.get("connection") == "close":
                sock.close()
                sock = None
        if sock:
            sock.close()


def read_answer(lines):
    """Status, fields and body of an answer with a length or chunks."""
    first = lines.readline()
    assert first, "the connection ended in place of an answer"
    fields = {}
    while line := lines.readline().strip():
        name, _, value = line.decode().partition(":")
        fields[name.lower()] = value.strip().lower()
    if "content-length" in fields:
        body = lines.read(int(fields["content-length"]))
        assert len(body) == int(fields["content-length"]), "an answer was cut"
    else:
        body = b""
        while size := int(lines.readline(), 16):
            body += lines.read(size)
            lines.readline()
        lines.readline()
    return int(first.split()[1]), fields, body


def test_restarts_under_load_lose_no_request(wws):
    with Chain(wws, guests=["hello", "sleep"]) as server:
        assert server.get("/sleep?ms=1") == (200, b"slept")
        with Load(server.port, ["/hello", "/hello", "/sleep?ms=30"]) as load:
            for _ in range(RESTARTS):
                server.restart()
        assert not load.failures, (len(load.failures), load.failures[:5], server.log()[-3000:])
        assert all(count > RESTARTS for count in load.answers.values()), load.answers
        until(lambda: server.supervisors() == [server.pid], "those before to be gone")
        assert server.stop() == 0


def test_the_store_changes_hands_and_loses_nothing(wws):
    upstream = Upstream()
    files = {"kv_count.toml": '[data.kv]\nnamespace = "n"\n', "ask.js": FETCHES % upstream.port, "ask.toml": GRANT}
    with tempfile.TemporaryDirectory() as store:
        with Chain(wws, "--kv", f"file:{store}", guests=["kv_count", "hello"], files=files) as server:
            assert server.get("/kv_count") == (200, b"1")
            until(lambda: server.get("/ask")[0] == 200, "the script")
            with Load(server.port, ["/kv_count", "/kv_count", "/hello", "/ask"], clients=8) as load:
                for _ in range(6):
                    server.restart()
            assert not load.failures, (len(load.failures), load.failures[:5], server.log()[-3000:])
            counted = load.answers["/kv_count"]
            assert counted > 6 and server.get("/kv_count") == (200, str(counted + 2).encode()), counted
            until(lambda: server.supervisors() == [server.pid], "those before to be gone")
            assert len([pid for pid in children_of(server.pid) if b"__store" in cmdline(pid)]) == 1
            assert server.stop() == 0


# Its child was told to end when nobody uses the store while it still opened the store, and nobody could use it yet.
def test_a_store_that_opens_slowly_changes_hands_and_loses_nothing(wws):
    if is_sanitized(wws):
        raise LeftOut("the sanitizers want to be the first library that is loaded")
    with tempfile.TemporaryDirectory() as store:
        with mock.patch.dict(os.environ, slow_disk(store, milliseconds=100)):
            server = Chain(wws, "--kv", f"file:{store}/kv", guests=["kv_count", "hello"],
                           files={"kv_count.toml": '[data.kv]\nnamespace = "n"\n'})
        with server:
            with Load(server.port, ["/kv_count", "/kv_count", "/hello"]) as load:
                for _ in range(4):
                    server.restart()
            assert not load.failures, (len(load.failures), load.failures[:5], server.log()[-3000:])
            assert load.answers["/kv_count"] > 4, load.answers
            assert server.stop() == 0


def test_answers_that_take_long_end_and_clients_are_told(wws):
    with Chain(wws, guests=["hello", "sleep"]) as server:
        with server.connect() as long, server.connect() as idle, server.connect() as early:
            long.sendall(b"GET /sleep?ms=3000 HTTP/1.1\r\nHost: t\r\n\r\n")
            lines = idle.makefile("rb")
            idle.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
            assert read_answer(lines)[1].get("connection") is None
            old = server.restart()
            assert not server.is_gone(old)
            idle.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")  # in time: within a second
            status, fields, body = read_answer(lines)
            assert (status, body, fields["connection"]) == (200, b"hello", "close"), fields
            status, fields, body = read_answer(long.makefile("rb"))
            assert (status, body, fields["connection"]) == (200, b"slept", "close"), fields
            until(lambda: server.is_gone(old), "the end of the server before")
            assert early.recv(100) == b""
        assert server.stop() == 0


def test_answers_that_take_too_long_are_ended(wws):
    with Chain(wws, "--stop-time", "1", guests=["hello", "sleep"]) as server:
        with server.connect() as long:
            long.sendall(b"GET /sleep?ms=60000 HTTP/1.1\r\nHost: t\r\n\r\n")
            until(lambda: server.get("/hello")[0] == 200, "it to have begun")
            old = server.restart()
            assert long.recv(100) == b""
            until(lambda: server.is_gone(old), "the end of the server before")
        assert server.get("/hello") == (200, b"hello")
        assert server.stop() == 0


def test_a_program_that_does_not_serve_changes_nothing(wws):
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "wws")
        link_or_copy(wws, program)
        with Chain(str(program), guests=["hello"]) as server:
            for count, text in enumerate(["#!/bin/sh\nexit 3\n", "no program\n", "#!/bin/sh\nkill -SEGV $$\n",
                                          "#!/bin/sh\necho garbage that is no message at all >&3; exec sleep 100\n", None], 1):
                program.unlink()
                if text is not None:
                    program.write_text(text)
                    program.chmod(0o755)
                server.ask_restart()
                server.goes_on(count)
            assert all(words in server.log() for words in ("exit status 3", "Exec format error", "signal 11", "No such file",
                                                           "a message")), server.log()
            shutil.copy(wws, program)
            server.restart()
            assert server.get("/hello") == (200, b"hello")
            assert server.stop() == 0


def test_a_server_that_cannot_run_what_runs_is_not_taken(wws):
    with Chain(wws, guests=["hello", "sleep"], files={"bad.wasm": "never was one"}) as server:
        assert server.get("/sleep?ms=1") == (200, b"slept")
        (server.folder / "sleep.wasm").write_text("no module")
        server.ask_restart()
        server.goes_on(1)
        assert "it cannot run sleep.wasm, which this server runs" in server.log(), server.log()
        assert server.get("/sleep?ms=1") == (200, b"slept")
        (server.folder / "sleep.wasm").unlink()
        server.restart()  # what ran nowhere is in nobody's way
        assert server.get("/sleep")[0] == 404 and server.get("/bad")[0] == 500
        assert server.stop() == 0


def test_one_at_a_time_and_a_stop_ends_both(wws):
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "wws")
        shutil.copy(wws, program)
        with Chain(str(program), guests=["hello"]) as server:
            program.unlink()
            program.write_text("#!/bin/sh\nexec sleep 1000\n")
            program.chmod(0o755)
            server.ask_restart()
            until(lambda: "is to take this server's place" in server.log(), "its start")
            server.ask_restart()
            until(lambda: "is about to take this one's place already" in server.log(), "a line about it")
            os.kill(server.pid, signal.SIGTERM)
            assert server.process.wait(PATIENCE) == 0
            until(lambda: not group(server.process.pid), "the end of the other")


TOKEN = "0123456789abcdef-of-a-test"


class AdminChain(Chain):
    """One with an admin interface."""

    def __init__(self, wws, place, *options, **more):
        self.token = tempfile.NamedTemporaryFile("w", prefix="wws-restart-")  # 0600
        print(TOKEN, file=self.token, flush=True)
        super().__init__(wws, "--admin", place, "--admin-token-file", self.token.name, "--enable-panel", *options, **more)
        self.admin = re.search(r"the admin interface is at (\S+)", self.log()).group(1)

    def ask(self, path, place=None, method="GET"):
        """Status and body."""
        place = place or self.admin
        is_file = place.startswith("unix:")
        with socket.socket(socket.AF_UNIX if is_file else socket.AF_INET) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(place[5:] if is_file else ("127.0.0.1", int(place.rsplit(":", 1)[1])))
            sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 0\r\n\r\n".encode())
            return receive(sock)

    def answering(self, place=None):
        """Process ids of the supervisor, and of the admin child, that answer."""
        processes = {process["role"]: process["pid"] for process in json.loads(self.ask("/api/v1/processes", place)[1])}
        return processes["supervisor"], processes["admin"]


class Scraper(threading.Thread):
    """Asks the admin interface without a pause. Any answer but 200 is a failure."""

    PATHS = ("/metrics", "/readyz", "/api/v1/status", "/api/v1/stats", "/_panel/")

    def __init__(self, server):
        super().__init__()
        self.server, self.is_over, self.answers, self.failures = server, False, 0, []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.join()

    def run(self):
        while not self.is_over:
            path = self.PATHS[self.answers % len(self.PATHS)]
            try:
                status, body = self.server.ask(path)
                if status != 200 or (path == "/metrics" and b"\nwws_ready 1\n" not in body):
                    self.failures.append((path, status, body[-300:]))
            except (OSError, AssertionError) as error:
                self.failures.append((path, repr(error)))
            self.answers += 1


def test_the_admin_interface_goes_along_under_load(wws):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "admin.sock")
        for place in ("127.0.0.1:0", f"unix:{file}"):
            with AdminChain(wws, place, "--kv", f"file:{folder}/kv", guests=["hello", "sleep", "kv_count"],
                            files={"kv_count.toml": '[data.kv]\nnamespace = "n"\n'}) as server:
                assert server.get("/sleep?ms=1") == (200, b"slept")
                until(lambda: server.ask("/readyz")[0] == 200, "the server to be ready")
                paths = ["/hello", "/sleep?ms=30", "/kv_count"]
                with Scraper(server) as scraper, Scraper(server) as other, Load(server.port, paths) as load:
                    for _ in range(5):
                        old = server.restart()
                        until(lambda: server.answering()[0] == server.pid, "the other server to answer")
                        until(lambda: server.is_gone(old), "the end of the server before")
                assert not load.failures, (load.failures[:5], server.log()[-3000:])
                assert not scraper.failures + other.failures, (scraper.failures[:5], other.failures[:5], server.log()[-3000:])
                assert scraper.answers > 50 and other.answers > 50, (scraper.answers, other.answers)
                assert file.exists() == place.startswith("unix:")
                assert server.stop() == 0
                assert not file.exists()


def test_the_admin_interface_stays_where_the_other_server_does_not_serve(wws):
    with tempfile.TemporaryDirectory() as folder:
        program, file = pathlib.Path(folder, "wws"), pathlib.Path(folder, "admin.sock")
        for place in ("127.0.0.1:0", f"unix:{file}"):
            program.unlink(missing_ok=True)  # a process of the round before may still be ending
            shutil.copy(wws, program)
            with AdminChain(str(program), place, guests=["hello", "sleep"]) as server:
                assert server.get("/sleep?ms=1") == (200, b"slept")
                until(lambda: server.ask("/readyz")[0] == 200, "the server to be ready")
                before = server.answering()
                with Scraper(server) as scraper:
                    # One that does not come as far as the sockets, and one that is prepared.
                    program.unlink()
                    program.write_text("#!/bin/sh\nexit 3\n")
                    program.chmod(0o755)
                    server.ask_restart()
                    server.goes_on(1)
                    program.unlink()
                    shutil.copy(wws, program)
                    sleep = (server.folder / "sleep.wasm").read_bytes()
                    (server.folder / "sleep.wasm").write_text("no module")
                    server.ask_restart()
                    server.goes_on(2)
                    until(lambda: server.supervisors() == [server.pid], "the other server to be gone")
                    assert server.answering() == before
                    (server.folder / "sleep.wasm").write_bytes(sleep)
                    server.restart()
                    until(lambda: server.answering()[0] == server.pid, "the other server to answer")
                assert not scraper.failures, (scraper.failures[:5], server.log()[-3000:])
                assert server.stop() == 0
                assert not file.exists()


def samples(text):
    """Numbers by name and labels, as they are written."""
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in text.splitlines() if line[:1] != "#")}


def is_growing(name):
    return name.partition("{")[0].endswith(("_total", "_bucket", "_count", "_sum"))


class CountReader(threading.Thread):
    """Reads all counters again and again, from one answer and from the other. Whatever falls is a failure."""

    def __init__(self, server):
        super().__init__()
        self.server, self.is_over, self.reads, self.last, self.failures = server, False, 0, {}, []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.join()

    def read(self):
        if self.reads % 2:
            return {name: value for name, value in samples(self.server.ask("/metrics")[1].decode()).items() if is_growing(name)}
        stats = json.loads(self.server.ask("/api/v1/stats")[1])
        numbers = {("limits", name): value for name, value in stats["limits_hit"].items()}
        for route in stats["routes"]:
            numbers |= {(route["route"], name): value for name, value in route["requests"].items()}
            numbers |= {(route["route"], number): value for number, value in enumerate(route["duration"]["buckets"])}
        return numbers

    def run(self):
        while not self.is_over:
            try:
                numbers = self.read()
            except (OSError, AssertionError, ValueError) as error:
                self.failures.append(repr(error))
                continue
            self.failures += [(name, value, numbers.get(name)) for name, value in self.last.items()
                              if type(name) in {type(other) for other in numbers} and numbers.get(name, -1) < value]
            self.last |= numbers
            self.reads += 1


def requests_of(server, route, code="2xx"):
    return samples(server.ask("/metrics")[1].decode())[f'wws_http_requests_total{{route="{route}",code="{code}"}}']


def test_counters_go_along_and_never_fall(wws):
    """Each server began to count anew."""
    paths = ["/hello", "/hello?a", "/hello?b", "/sleep?ms=30", "/sleep?ms=20", "/trap"]
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "wws")
        shutil.copy(wws, program)
        with AdminChain(str(program), "127.0.0.1:0", guests=["hello", "sleep", "trap"]) as server:
            assert server.get("/sleep?ms=1") == (200, b"slept")
            until(lambda: server.ask("/readyz")[0] == 200, "the server to be ready")
            assert server.ask("/metrics")[0] == 200
            os.kill(server.pid, signal.SIGHUP)
            reloaded = 'wws_reloads_total{result="ok"}'
            until(lambda: samples(server.ask("/metrics")[1].decode())[reloaded] == 1, "the reload")
            with CountReader(server) as reader, CountReader(server) as other, Load(server.port, paths, len(paths)) as load:
                for _ in range(6):
                    server.restart()
                # One that comes to nothing, and one after it.
                program.unlink()
                program.write_text("#!/bin/sh\nexit 3\n")
                program.chmod(0o755)
                server.ask_restart()
                until(lambda: "this one goes on" in server.log(), "the line about it")
                program.unlink()
                shutil.copy(wws, program)
                server.restart()
                # The admin child has nothing of its own.
                until(lambda: server.answering()[0] == server.pid, "the other server to answer")
            assert not reader.failures + other.failures, (reader.failures[:5], other.failures[:5], server.log()[-3000:])
            assert reader.reads > 20 and other.reads > 20, (reader.reads, other.reads)
            assert {status for _, status in load.failures} == {500}, load.failures[:5]
            answers = {"/hello": sum(load.answers[path] for path in paths[:3]), "/sleep": load.answers[paths[3]] + load.answers[paths[4]] + 1}

            def is_all_there():
                numbers = samples(server.ask("/metrics")[1].decode())
                return (requests_of(server, "/trap", "5xx") == load.answers["/trap"] == numbers['wws_guest_failures_total{cause="trap"}']
                        and all(requests_of(server, route) == count == numbers[f'wws_http_request_duration_seconds_count{{route="{route}"}}']
                                for route, count in answers.items()))

            until(is_all_there, f"what was counted to be what was answered: {answers}, {load.answers}")
            assert samples(server.ask("/metrics")[1].decode())[reloaded] == 1
            before = server.answering()[1]
            os.kill(before, signal.SIGKILL)

            def answers_again():
                with contextlib.suppress(OSError, AssertionError):
                    return server.answering()[1] != before
                return False

            until(answers_again, "another admin child")
            assert is_all_there()
            os.kill(server.pid, signal.SIGTERM)
            until(lambda: server.is_gone(server.pid), "the end")


def test_what_a_server_counts_while_it_ends_is_there_too(wws):
    """Also with the second server after it."""
    with AdminChain(wws, "127.0.0.1:0", guests=["hello", "sleep"]) as server:
        assert server.get("/sleep?ms=1") == (200, b"slept")
        with server.connect() as long:
            long.sendall(b"GET /sleep?ms=6000 HTTP/1.1\r\nHost: t\r\n\r\n")
            until(lambda: 'wws_guests 1\n' in server.ask("/metrics")[1].decode(), "it to have begun")
            first = server.restart()
            until(lambda: server.answering()[0] == server.pid, "the other server to answer")
            assert not server.is_gone(first) and 'wws_guests 1\n' in server.ask("/metrics")[1].decode(), server.log()
            second = server.restart()
            until(lambda: server.answering()[0] == server.pid, "the other server to answer")
            assert not server.is_gone(first), server.log()
            assert requests_of(server, "/sleep") == 1
            assert read_answer(long.makefile("rb"))[2] == b"slept"
            until(lambda: requests_of(server, "/sleep") == 2, "it to be counted")
        until(lambda: server.is_gone(first) and server.is_gone(second), "the end of those before")
        numbers = samples(server.ask("/metrics")[1].decode())
        assert (numbers["wws_guests"], numbers['wws_http_requests_total{route="/sleep",code="2xx"}']) == (0, 2), numbers
        assert server.stop() == 0


def test_top_tells_rates_of_the_time_that_passed(wws):
    """Behind a restart it told a thousand times the rate: it took time from the server's uptime, which begins anew."""
    with tempfile.TemporaryDirectory() as folder, \
            AdminChain(wws, f"unix:{folder}/admin", guests=["hello"]) as server:
        with Load(server.port, ["/hello"], clients=1) as load, \
                Screen(wws, f"unix:{folder}/admin", "--admin-token-file", server.token.name) as screen:
            screen.until(lambda view: "ROUTE" in view and rate(view) > 0, "a rate")
            server.restart()
            for _ in range(3):
                view = screen.until(lambda view: "ROUTE" in view and "no answer" not in view, "a view")
                assert 0 <= rate(view) <= load.answers["/hello"] + 1, (load.answers, view)
        assert not load.failures, load.failures[:5]
        assert server.stop() == 0


def test_draining_goes_along(wws):
    """A server that was taken out of the balancer was in again with the next binary, which nobody had tried."""
    with tempfile.TemporaryDirectory() as folder, \
            AdminChain(wws, f"unix:{folder}/admin", guests=["hello"]) as server:
        def readiness(method=None):
            if method:
                assert server.ask("/api/v1/drain", method=method)[0] == 200
            return server.ask("/readyz")
        until(lambda: readiness()[0] == 200, "the server to be ready")
        for method, expected in (("POST", 503), ("DELETE", 200)):
            assert readiness(method)[0] == expected
            old = server.restart()
            until(lambda: server.is_gone(old), "the end of the server before")
            assert server.answering()[0] == server.pid
            status, body = readiness()
            assert status == expected and (b"drain" in body) == (expected == 503), body
            assert server.get("/hello") == (200, b"hello")
        assert server.stop() == 0


def test_another_place_of_the_admin_interface_is_opened_beside(wws):
    toml = '[admin]\nlisten = "unix:%s.sock"\n'
    with Chain(wws, guests=["hello"], files={"wws.toml": toml % "one"}) as server:
        one, other = server.folder / "one.sock", server.folder / "other.sock"
        (server.folder / "wws.toml").write_text(toml % "other")
        old = server.restart()
        assert AdminChain.ask(server, "/healthz", f"unix:{other}")[0] == 200
        until(lambda: server.is_gone(old), "the end of the server before")
        assert other.exists() and not one.exists()
        (server.folder / "wws.toml").unlink()
        old = server.restart()
        until(lambda: server.is_gone(old), "the end of the server before")
        assert not other.exists()
        assert server.stop() == 0


def test_a_service_manager_is_told_whom_to_watch(wws):
    manager = Manager()
    with project() as folder, listener() as sock, Service(wws, [sock], folder=folder, manager=manager) as service:
        address = sock.getsockname()
        manager.hear("READY=1")
        service.process.send_signal(signal.SIGUSR2)
        lines = []
        while not any(line.startswith("MAINPID=") for line in lines):
            lines = manager.socket.recv(4096).decode().split("\n")
            assert "STOPPING=1" not in lines and "READY=1" not in lines, lines
        pid = int(lines[0].removeprefix("MAINPID="))
        try:
            assert "STOPPING=1" not in manager.hear("READY=1")
            assert service.process.wait(PATIENCE) == 0
            assert get(address) == (200, b"hello")
            os.kill(pid, signal.SIGTERM)
            manager.hear("STOPPING=1")
            until(lambda: not is_alive(pid), "its end")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
