#!/usr/bin/env python3
"""Runs the behaviour cases of tests/cases against the real binary (tests/cases/README.md).

usage: run_cases.py --wws BINARY [--guests FOLDER] [--jobs N] [CASE...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from robustness import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parent.parent
READY = "Start serving requests at http://"


def unescape(text):
    """The bytes of a text with \\n, \\r, \\t, \\\\ and \\xNN."""
    def one(match):
        code = match.group(1)
        return {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\"}.get(code) or bytes([int(code[1:], 16)])

    out, last = b"", 0
    for match in re.finditer(r"\\(n|r|t|\\|x[0-9a-fA-F]{2})", text):
        out += text[last:match.start()].encode() + one(match)
        last = match.end()
    return out + text[last:].encode()


class Case:
    """A parsed file: its title and its sections in order."""

    def __init__(self, path):
        self.path = path
        lines = path.read_text().split("\n")
        self.title = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
        self.sections = []
        for line in lines:
            if line.startswith("--- "):
                kind, _, argument = line[4:].partition(" ")
                self.sections.append((kind, argument.strip(), []))
            elif self.sections:
                self.sections[-1][2].append(line)
        for kind, _, body in self.sections:
            while body and body[-1] == "":
                body.pop()

    def lines(self, kind):
        return [line for name, _, body in self.sections if name == kind for line in body if line]


class Failure(Exception):
    pass


class LeftOut(Exception):
    """The case needs an example that is not built: its toolchain could not be had."""


def lay_out(case, folder, guests):
    for line in case.lines("tree"):
        if " -> " in line:
            path, target = line.split(" -> ", 1)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).symlink_to(target)
        elif line.endswith("/"):
            (folder / line).mkdir(parents=True, exist_ok=True)
        else:
            path, content = line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if content.startswith("@example "):
                if not (ROOT / "examples/dist" / content[9:]).exists():
                    raise LeftOut(f"{content[9:]} is not built")
                shutil.copy(ROOT / "examples/dist" / content[9:], target)
            elif content.startswith("@"):
                shutil.copy(guests / (content[1:] + ".wasm"), target)
            else:
                target.write_bytes(unescape(content))


def environment(case):
    env = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "XDG_CACHE_HOME")}
    env.update(line.split("=", 1) for line in case.lines("environment"))
    return env


def expect_lines(wanted, text, where):
    for line in wanted:
        if line not in text:
            raise Failure(f"not in {where}: {line}\n{text}")


def run_to_end(command, case, status, body):
    done = subprocess.run(command, env=environment(case), capture_output=True, text=True, timeout=PATIENCE)
    output = done.stdout + done.stderr
    if done.returncode != int(status):
        raise Failure(f"exit status {done.returncode}, wanted {status}\n{output}")
    expect_lines([line for line in body if line], output, "the output")


class Server:
    def __init__(self, command, env):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=self.errors)
        self.output = b""
        deadline = time.monotonic() + PATIENCE
        while READY.encode() not in self.output or not self.output.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(deadline - time.monotonic(), 0))
            chunk = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not chunk:
                self.process.kill()
                self.process.wait()
                raise Failure("the server did not start:\n" + self.output.decode() + self.log())
            self.output += chunk
        host, port = re.search(READY + r"(\S+):(\d+)", self.output.decode()).groups()
        self.address = (host.strip("[]"), int(port))

    def log(self):
        # Not by seek(): the position is shared with the server, which writes at it.
        fd = self.errors.fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.output += self.process.stdout.read()
        if self.process.wait(PATIENCE) != 0:
            raise Failure(f"exit status {self.process.returncode} after SIGTERM\n{self.log()}")


class Connection:
    """One keep-alive connection; opened again when the server has closed it."""

    def __init__(self, address):
        self.address = address
        self.socket = None
        self.data = b""

    def send(self, data):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, PATIENCE)
            self.data = b""
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the server may have answered and closed before it read everything

    def _more(self):
        try:
            chunk = self.socket.recv(65536)
        except ConnectionError:
            chunk = b""
        self.data += chunk
        return chunk != b""

    def response(self, method):
        while b"\r\n\r\n" not in self.data:
            if not self._more():
                raise Failure(f"the server closed the connection; received {self.data!r}")
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        status = int(lines[0].split(" ")[1])
        fields = [line.split(": ", 1) for line in lines[1:]]
        length = next((int(value) for name, value in fields if name == "content-length"), 0)
        if method == "HEAD" or status in (204, 304) or status < 200:
            body = b""
        elif ["transfer-encoding", "chunked"] in fields:
            body = self._chunks()
        else:
            body = self._take(length)
        if ["connection", "close"] in fields:
            self.expect_closed()
        return status, fields, body

    def _take(self, length):
        while len(self.data) < length:
            if not self._more():
                raise Failure(f"the body ends after {len(self.data)} of {length} bytes")
        taken, self.data = self.data[:length], self.data[length:]
        return taken

    def _chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.data:
                if not self._more():
                    raise Failure(f"the chunked body ends after {len(body)} bytes")
            size, self.data = self.data.split(b"\r\n", 1)
            chunk = self._take(int(size, 16) + 2)
            if not chunk.endswith(b"\r\n"):
                raise Failure("a chunk that does not end where its size says")
            if len(chunk) == 2:
                return body
            body += chunk[:-2]

    def expect_closed(self):
        while self._more():
            pass
        if self.data:
            raise Failure(f"bytes after the last response: {self.data!r}")
        self.socket.close()
        self.socket = None

    def close(self):
        if self.socket is not None:
            self.socket.close()


def request_bytes(body):
    """The bytes of a `request` section, and its method."""
    head, _, content = "\n".join(body).partition("\n\n")
    lines = head.split("\n")
    content = unescape(content)
    line = lines[0] if " HTTP/" in lines[0] else lines[0] + " HTTP/1.1"
    names = [field.split(":")[0].lower() for field in lines[1:]]
    fields = [unescape(field) for field in lines[1:]]
    if "host" not in names:
        fields.append(b"Host: example.test")
    if content and "content-length" not in names:
        fields.append(b"Content-Length: " + str(len(content)).encode())
    return b"\r\n".join([unescape(line), *fields]) + b"\r\n\r\n" + content, line.split(" ")[0]


def is_part(wanted, actual):
    if isinstance(wanted, dict):
        return isinstance(actual, dict) and all(key in actual and is_part(wanted[key], actual[key]) for key in wanted)
    return wanted == actual


def check_body_line(line, body):
    text = body.decode("utf-8", "surrogateescape")
    if line.startswith("body contains: "):
        return unescape(line[15:]) in body
    if line.startswith("body json: "):
        return is_part(json.loads(line[11:]), json.loads(text))
    if line.startswith("body~ "):
        return re.search(line[6:], text) is not None
    return body == unescape(line[5:].lstrip(" "))


def check_response(status, fields, body, wanted_status, lines):
    shown = f"{status} {fields} {body[:2000]!r}"
    if status != int(wanted_status):
        raise Failure(f"status {status}, wanted {wanted_status}: {shown}")
    for line in (line for line in lines if line):
        if line.startswith("body"):
            good = check_body_line(line, body)
        elif line.startswith("!"):
            good = all(name != line[1:] for name, _ in fields)
        elif re.match(r"[\w-]+~ ", line):
            name, pattern = line.split("~ ", 1)
            good = any(field[0] == name and re.search(pattern, field[1]) for field in fields)
        else:
            good = line.split(": ", 1) in fields
        if not good:
            raise Failure(f"not so: {line}\n{shown}")


def exchange(case, server):
    connection = Connection(server.address)
    method = "GET"
    asked = ""
    try:
        for kind, argument, body in case.sections:
            if kind in ("request", "raw"):
                asked = body[0]
            if kind == "request":
                data, method = request_bytes(body)
                connection.send(data)
            elif kind == "raw":
                data = b"".join(unescape(line) for line in body)
                method = data.split(b" ")[0].decode("latin-1")
                connection.send(data)
            elif kind == "response":
                check_response(*connection.response(method), argument, body)
            elif kind == "closed" and connection.socket is not None:
                connection.expect_closed()
    except Failure as failure:
        raise Failure(f"after \"{asked}\": {failure}") from failure
    finally:
        connection.close()


def run(case, wws, guests):
    with tempfile.TemporaryDirectory(prefix="wws-case-") as name:
        folder = pathlib.Path(name) / "project"
        folder.mkdir()
        lay_out(case, folder, guests)
        options = [word.replace("$FOLDER", name) for line in case.lines("options") for word in shlex.split(line)]
        kinds = {kind: (argument, body) for kind, argument, body in case.sections}
        if "check" in kinds:
            run_to_end([wws, "check", *options, str(folder)], case, *kinds["check"])
        if "start" in kinds:
            run_to_end([wws, "--port", "0", *options, str(folder)], case, *kinds["start"])
        if not kinds.keys() & {"request", "raw", "log", "output"}:
            return
        server = Server([wws, "--port", "0", "--processes", "1", *options, str(folder)], environment(case))
        try:
            exchange(case, server)
            server.stop()
        except BaseException:
            server.process.kill()
            server.process.wait()
            raise
        expect_lines(case.lines("log"), server.log(), "standard error")
        expect_lines(case.lines("output"), server.output.decode(), "standard output")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--guests", default=ROOT / "build/guests", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("cases", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    paths = arguments.cases or sorted((ROOT / "tests/cases").rglob("*.case"))
    wws = os.path.abspath(arguments.wws)
    left_out = []

    def attempt(path):
        try:
            run(Case(path), wws, arguments.guests)
            return None
        except LeftOut as reason:
            print(f"left out: {path}: {reason}")
            left_out.append(path)
            return None
        except Exception as failure:  # a case that fails in any way is one failure, and the others go on
            return f"{path}: {failure}"

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        failures = [failure for failure in pool.map(attempt, paths) if failure]
    for failure in failures:
        print(failure)
    passed = len(paths) - len(left_out) - len(failures)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
