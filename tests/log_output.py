#!/usr/bin/env python3
"""A log that nobody reads, a full disk, a closed terminal: the real binary serves all the same.

usage: log_output.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import array
import fcntl
import http.client
import json
import os
import pathlib
import pty
import re
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios

from fetch import Upstream
from robustness import GUESTS, LeftOut, PATIENCE, receive, run_tests, until

LONG = "x" * 8000  # a path; its access line is as long


class Quiet:
    """A server whose standard streams are the caller's."""

    def __init__(self, wws, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, copies=0, options=(), files=None, **more):
        self.temp = tempfile.TemporaryDirectory(prefix="wws-log-")
        shutil.copy(GUESTS / "hello.wasm", self.temp.name)
        for name, text in (files or {}).items():
            (pathlib.Path(self.temp.name) / name).write_text(text)
        for number in range(copies):
            os.link(pathlib.Path(self.temp.name) / "hello.wasm",
                    pathlib.Path(self.temp.name) / f"{number:03}{'x' * 200}.wasm")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([wws, "--port", str(self.port), "--processes", "1", *options, self.temp.name],
                                        stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, **more)
        until(self.answers, "an answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.temp.cleanup()

    def get(self, path):
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.settimeout(PATIENCE)
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
            return receive(sock)

    def ask(self, path, **headers):
        """The whole answer, with its head."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def answers(self):
        assert self.process.poll() is None, self.process.returncode
        try:
            return self.get("/hello") == (200, b"hello")
        except ConnectionError:
            return False

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


def read_until(fd, pattern):
    """Reads up to what matches; returns all that was read."""
    text = ""

    def comes():
        nonlocal text
        try:
            text += os.read(fd, 1 << 20).decode()
        except BlockingIOError:
            pass
        return re.search(pattern, text)

    os.set_blocking(fd, False)
    until(comes, pattern)
    return text


def test_a_log_that_nobody_reads_stops_nothing(wws):
    read_end, write_end = os.pipe()
    with Quiet(wws, stderr=write_end) as server:
        # The supervisor's own line first: into a pipe that is full, it would go between the parts of a long one.
        read_until(read_end, "serving process 1")
        requests = 300  # more than the pipe and the server's buffer hold
        for _ in range(requests):
            assert server.get("/" + LONG)[0] == 404
        assert os.get_blocking(write_end), "the pipe that others share was changed"
        text = read_until(read_end, r"(\d+) lines were dropped here")
        assert server.get("/after")[0] == 404
        # The last answer may have come before its line.
        text += read_until(read_end, r'"GET /after HTTP/1.1" 404 ')
        dropped = sum(int(count) for count in re.findall(r"(\d+) lines were dropped here", text))
        assert text.count(LONG) + dropped == requests, (text.count(LONG), dropped)
        assert server.stop() == 0
    os.close(read_end)
    os.close(write_end)


def test_start_lines_that_nobody_reads_stop_nothing(wws):
    read_end, write_end = os.pipe()
    copies = 400
    with Quiet(wws, stdout=write_end, copies=copies) as server:
        assert server.answers()
        text = read_until(read_end, "Start serving requests")
        assert text.count("      => ") == copies + 1, text.count("      => ")
        assert server.stop() == 0
    os.close(read_end)
    os.close(write_end)


def test_a_reader_that_leaves_stops_nothing(wws):
    out_read, out_write = os.pipe()
    log_read, log_write = os.pipe()
    with Quiet(wws, stdout=out_write, stderr=log_write) as server:
        for fd in (out_read, out_write, log_read, log_write):
            os.close(fd)
        for _ in range(10):
            assert server.answers()
        assert server.stop() == 0


def test_a_full_disk_stops_nothing(wws):
    with open("/dev/full", "wb") as full, Quiet(wws, stdout=full, stderr=full) as server:
        for _ in range(200):
            assert server.get("/" + LONG)[0] == 404
        assert server.stop() == 0


def test_a_limit_on_the_size_of_files_stops_nothing(wws):
    limit = 64 * 1024
    with tempfile.TemporaryFile() as log, Quiet(
            wws, stderr=log, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) as server:
        for _ in range(20):
            assert server.get("/" + LONG)[0] == 404
        until(lambda: os.fstat(log.fileno()).st_size == limit, "a full log")
        assert server.answers()
        assert server.stop() == 0


def test_a_stopped_and_a_closed_terminal_stop_nothing(wws):
    master, terminal = pty.openpty()
    with Quiet(wws, stdout=terminal, stderr=terminal, start_new_session=True) as server:
        for _ in range(200):
            assert server.get("/" + LONG)[0] == 404
        assert os.get_blocking(terminal), "the terminal that others share was changed"
        os.close(terminal)
        os.close(master)
        for _ in range(10):
            assert server.answers()
        assert server.stop() == 0


def test_a_command_waits_for_its_reader(wws):
    """What does not serve drops nothing."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(GUESTS / "hello.wasm", pathlib.Path(folder) / "hello.wasm")
        for number in range(400):
            os.link(pathlib.Path(folder) / "hello.wasm", pathlib.Path(folder) / f"{number:03}{'x' * 200}.wasm")
        with subprocess.Popen([wws, "check", folder], stdout=subprocess.PIPE) as process:
            # All that the pipe takes is in it; what waits for the rest is asleep in a write.
            until(lambda: bytes_in(process.stdout) >= 65536 - 4096, "a full pipe")
            text = process.stdout.read().decode()
        assert process.returncode == 0
        assert text.count("      => ") == 401 and "no problems" in text, text[-200:]


def bytes_in(pipe):
    size = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, size)
    return size[0]


TALKING = """export default { fetch(request) {
  console.log("it says \\"so\\"");
  if (request.url.includes("fail")) throw new Error("on purpose");
  return new Response(request.headers.get("x-request-id"));
} };
"""
COMBINED = re.compile(r'^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET (\S+) HTTP/1\.1" (\d{3}) \d+ '
                      r'"[^"]*" "[^"]*" \d+\.\d{6}$')


def lines_of(path, count):
    until(lambda: path.exists() and len(path.read_text().splitlines()) >= count, f"{count} lines in {path}")
    return path.read_text().splitlines()


def test_the_access_log_has_a_file_which_is_opened_anew(wws):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        path, rotated = pathlib.Path(folder) / "access.log", pathlib.Path(folder) / "access.log.1"
        path.write_text("what was there\n")
        with Quiet(wws, stderr=log, options=["--access-log", str(path)]) as server:
            server.get("/before")
            lines = lines_of(path, 3)
            assert lines[0] == "what was there", lines
            assert all(COMBINED.match(line) for line in lines[1:]), lines
            path.rename(rotated)
            # To all processes, as `pkill -USR1 wws` does; it is the supervisor's.
            children = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True).stdout.split()
            assert children
            for pid in [*map(int, children), server.process.pid]:
                os.kill(pid, signal.SIGUSR1)
            until(path.exists, "a new file")
            log.seek(0)
            until(lambda: b"opened anew" in os.pread(log.fileno(), 1 << 20, 0), "the line about it")

            def comes_there():
                server.get("/after")
                return path.read_text()

            until(comes_there, "a line in the new file")
            assert "/after" not in rotated.read_text() or "/before" in rotated.read_text()
            assert COMBINED.match(path.read_text().splitlines()[-1]).group(1) == "/after"
            assert server.process.poll() is None
            assert server.stop() == 0
        text = os.pread(log.fileno(), 1 << 20, 0).decode()
        assert "GET /before" not in text, text


def test_an_access_log_that_cannot_be_opened_anew_goes_on(wws):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        inner = pathlib.Path(folder) / "logs"
        inner.mkdir()
        path = inner / "access.log"
        with Quiet(wws, stderr=log, options=["--access-log", str(path)]) as server:
            lines_of(path, 1)
            inner.rename(pathlib.Path(folder) / "elsewhere")
            server.process.send_signal(signal.SIGUSR1)
            until(lambda: b"No such file" in os.pread(log.fileno(), 1 << 20, 0), "an error that says why")
            server.get("/after")
            moved = pathlib.Path(folder) / "elsewhere/access.log"
            until(lambda: "/after" in moved.read_text(), "the line where lines went")
            assert server.stop() == 0


def test_a_file_that_cannot_be_had_is_told_at_the_start(wws):
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(pathlib.Path(folder) / "pipe")
        for path, cause in ((folder, "Is a directory"), (f"{folder}/no/such", "No such file"), (f"{folder}/pipe", "nobody reads")):
            done = subprocess.run([wws, "--port", "0", "--access-log", path, folder], capture_output=True, text=True,
                                  timeout=PATIENCE)
            assert done.returncode == 1 and cause in done.stderr and path in done.stderr, (path, done)


def test_a_full_disk_for_the_access_log_is_told_in_the_log(wws):
    with tempfile.TemporaryFile() as log, Quiet(wws, stderr=log, options=["--access-log", "/dev/full"]) as server:

        def told():
            for _ in range(20):
                assert server.get("/" + LONG)[0] == 404
            return re.search(rb"\d+ lines of the access log were dropped", os.pread(log.fileno(), 1 << 20, 0))

        until(told, "a line about lines that are missing")
        assert server.answers()
        assert server.stop() == 0


def documented_goaccess():
    """The options by which docs/logs.md has goaccess read the file."""
    text = (pathlib.Path(__file__).parent.parent / "docs/logs.md").read_text()
    words = shlex.split(re.search(r"`goaccess access\.log (.+?)`", text, re.DOTALL).group(1))
    return words


def test_goaccess_reads_the_access_log(wws):
    if not shutil.which("goaccess"):
        raise LeftOut("goaccess is not here (scripts/setup tests)")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "access.log"
        with Quiet(wws, options=["--access-log", str(path)]) as server:
            for number in range(5):
                server.ask(f"/hello?n={number}", User_Agent='Mozilla/5.0 (X11) "odd" \\', Referer="http://example.org/a")
            server.ask("/not-there")
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as sock:
                sock.sendall(b"GET /%22\x80 HTTP/1.0\r\nUser-Agent: \xff\x01\r\n\r\n")
                receive(sock)
            assert server.stop() == 0
        lines = path.read_text().splitlines()
        report = pathlib.Path(folder) / "report.json"
        done = subprocess.run(["goaccess", str(path), *documented_goaccess(), "--no-global-config", "-o", str(report)],
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done
        general = json.loads(report.read_text())["general"]
        assert general["valid_requests"] == len(lines) >= 7 and general["failed_requests"] == 0, (general, lines)


def test_a_download_that_is_broken_off_has_its_line(wws):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "access.log"
        with Quiet(wws, options=["--access-log", str(path)]) as server:
            public = pathlib.Path(server.temp.name) / "public"
            public.mkdir()
            with open(public / "large.bin", "wb") as file:
                file.truncate(64 << 20)
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as sock:
                sock.sendall(b"GET /large.bin HTTP/1.1\r\nHost: t\r\n\r\n")
                assert sock.recv(1 << 16).startswith(b"HTTP/1.1 200")
            until(lambda: re.search(r'"GET /large\.bin HTTP/1\.1" 499 [1-9]\d* ', path.read_text()), "its line")
            assert server.stop() == 0


def test_json_lines_are_objects_with_the_request(wws):
    with tempfile.TemporaryFile() as log:
        with Quiet(wws, stderr=log, options=["--log-format", "json"], files={"talk.js": TALKING}) as server:
            answer, body = server.ask("/talk", X_Request_Id="from-the-proxy/7", User_Agent='a"b\\')
            assert answer.status == 200 and body == "from-the-proxy/7", (body, os.pread(log.fileno(), 1 << 20, 0))
            assert answer.headers["x-request-id"] == "from-the-proxy/7"
            answer, _ = server.ask("/talk?fail")
            own = answer.headers["x-request-id"]
            assert answer.status == 500 and re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+", own), own
            assert server.stop() == 0
        objects = [json.loads(line) for line in os.pread(log.fileno(), 1 << 20, 0).decode().splitlines()]
        said = [one for one in objects if one.get("worker") == "talk.js" and "it says" in one["message"]]
        assert [(one["request_id"], one["route"], one["level"]) for one in said] == [
            ("from-the-proxy/7", "/talk", "info"), (own, "/talk", "info")], objects
        accesses = {one["request_id"]: one for one in objects if one["type"] == "access"}
        assert accesses["from-the-proxy/7"]["user_agent"] == 'a"b\\'
        assert accesses["from-the-proxy/7"]["route"] == "/talk" and accesses[own]["status"] == 500, accesses
        # What the server says of the request is found by the same names.
        failed = [one for one in objects if "Error running worker" in one.get("message", "")]
        assert [(one["worker"], one["route"], one["request_id"], one["cause"], one["level"]) for one in failed] == [
            ("talk.js", "/talk", own, "guest-exit", "error")], objects


ASKS = """export default { fetch(request) {
  const headers = request.url.includes("own") ? { traceparent: "00-own" } : {};
  return fetch("http://127.0.0.1:%d/hello", { headers });
} };
"""
GRANT = '[features.http_requests]\nallowed_hosts = ["127.0.0.1"]\nallow_http = true\n'


def test_a_trace_goes_on_with_what_a_worker_asks(wws):
    upstream = Upstream()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Quiet(wws, files={"ask.js": ASKS % upstream.port, "ask.toml": GRANT}) as server:
        until(lambda: server.ask("/ask")[0].status == 200, "the child that asks")
        upstream.requests.clear()
        assert server.ask("/ask", traceparent=parent, tracestate="a=b")[0].status == 200
        assert server.ask("/ask?own", traceparent=parent, tracestate="a=b")[0].status == 200
        assert server.ask("/ask")[0].status == 200
        given, own, none = [fields for _, _, fields in upstream.requests]
        assert (given["traceparent"], given["tracestate"]) == (parent, "a=b"), given
        assert own["traceparent"] == "00-own" and "tracestate" not in own, own
        assert "traceparent" not in none, none
        assert server.stop() == 0


def test_a_format_of_ones_own(wws):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "access.log"
        with Quiet(wws, options=["--access-log", str(path), "--log-format", '%m %U %>s "%{User-Agent}i" %L']) as server:
            server.ask("/hello?x", User_Agent="me", X_Request_Id="seven")
            until(lambda: 'GET /hello 200 "me" seven\n' in path.read_text(), "the line")
            assert server.stop() == 0
        done = subprocess.run([wws, "--log-format", "%h %Z", folder], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 2 and '"%Z"' in done.stderr, done


def test_no_access_log_and_no_colors_where_they_are_not_wanted(wws):
    master, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    for options, variables, colored in (([], {}, True), ([], {"NO_COLOR": "1"}, False), ([], {"TERM": "dumb"}, False),
                                        (["--log-format", "text"], {}, False)):
        with Quiet(wws, stdout=subprocess.DEVNULL, stderr=terminal, options=options, env={**environment, **variables}) as server:
            text = read_until(master, r"/hello")
            assert ("\x1b[32m200" in text) == colored, (options, variables, text)
            assert server.stop() == 0
    with tempfile.TemporaryFile() as log, Quiet(wws, stderr=log, options=["--access-log", "off"]) as server:
        assert server.answers()
        assert server.stop() == 0
        assert b"GET /hello" not in os.pread(log.fileno(), 1 << 20, 0)
    os.close(master)
    os.close(terminal)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
