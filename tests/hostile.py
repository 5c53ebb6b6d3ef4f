#!/usr/bin/env python3
"""Runs hostile guests and broken modules on the real binary, beside a good neighbour.

usage: hostile.py --wws BINARY [--long] [--jobs N] [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.

NAME is a guest of tests/guests/hostile (its README says what their comments mean), a gen_NAME of
hostile_modules.py, or a test_NAME below. --long adds what takes minutes; --jobs is how many files are
assembled, and how many broken modules asked for, at once.
"""
import argparse
import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import hostile_modules
import robustness
from robustness import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests/guests/hostile"
GUESTS = ROOT / "build/guests"
NEIGHBOUR_SECONDS = 2.0  # a neighbour that takes longer than this was kept from its turn
MEMORY_MARGIN = 16 << 20
LOG_MARGIN = 512 << 10
SEED = 20240229
BATCH = 100
PROJECT = '[limits]\ncpu_time = "2s"\ntime = "20s"\n'
QUICK_PROJECT = '[limits]\ncpu_time = "100ms"\ntime = "500ms"\nmemory = "32MiB"\noutput = "1MiB"\n'
WORKER = '[vars]\nFIRST = "of the worker"\nSECOND = "more of it"\n'

# Guests that the server does not withstand yet, and what it does. They are run and told, and are no failures.
KNOWN = {
    "memory_initial_of_4gib": "the log says bad-module",
    "recursion_on_a_large_stack": "the stack stays in memory",
    "table_of_ten_million": "the log says bad-module",
}


# --- what is run ---

@dataclasses.dataclass
class Guest:
    name: str
    status: int
    log: list
    limits: str
    make: object  # writes the module to a path
    is_generated: bool = False
    only_long: bool = False

    def write_settings(self, folder):
        limits = "\n".join(part.strip() for part in self.limits.split(";"))
        (folder / (self.name + ".toml")).write_text(WORKER + (f"[limits]\n{limits}\n" if limits else ""))


def assembled(path):
    """The guest of a .wat file, whose comments say what to expect of it."""
    said = re.findall(r"^;; (\w+): (.*)$", path.read_text(), re.MULTILINE)
    values = dict(said)
    flags = values.get("flags", "").split()

    def make(target):
        subprocess.run(["wat2wasm", *flags, path, "-o", target], check=True)

    return Guest(path.stem, int(values["expect"]), [text for key, text in said if key == "log"],
                 values.get("limits", ""), make)


def generated(name, function):
    return Guest(name, function.status, function.log, function.limits, lambda path: path.write_bytes(function()),
                 True, function.only_long)


def all_guests():
    guests = [assembled(path) for path in sorted(SOURCES.glob("*.wat"))]
    return guests + [generated(name[4:], function) for name, function in vars(hostile_modules).items()
                     if name.startswith("gen_")]


class Server(robustness.Server):
    """A wws with one serving process over `folder`; a start that hangs is a failure."""

    def __init__(self, wws, folder, cache):
        shutil.copy(GUESTS / "hello.wasm", folder)
        watchdog = threading.Timer(PATIENCE, lambda: self.process.kill())
        watchdog.start()
        try:
            super().__init__(wws, "--processes", "1", folder=folder, cache=cache)
        finally:
            watchdog.cancel()

    def log_from(self, start=0):
        """What was logged since `start`. The place in the file is the server's: it must not move."""
        descriptor = self.errors.fileno()
        return os.pread(descriptor, max(os.fstat(descriptor).st_size - start, 0), start)

    def log_size(self):
        return os.fstat(self.errors.fileno()).st_size

    def log(self):
        return self.log_from().decode(errors="replace")

    def serving(self):
        """The process id of the serving process; compilers are children too."""
        for pid in self.children():
            with contextlib.suppress(OSError):
                if b"__serve" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return None

    def memory(self):
        """Bytes that only the serving process holds."""
        text = pathlib.Path(f"/proc/{self.serving()}/status").read_text()
        return int(re.search(r"^RssAnon:\s*(\d+)", text, re.MULTILINE).group(1)) << 10


# --- requests ---

def read_answer(stream):
    """Status and body of one answer, whose framing has to be beyond doubt."""
    line = stream.readline()
    assert line, "the connection was dropped"
    assert re.fullmatch(rb"HTTP/1\.1 [2-9]\d\d [^\r\n]*\r\n", line), line
    status, lengths = int(line[9:12]), []
    while (field := stream.readline()) != b"\r\n":
        assert re.fullmatch(rb"[!#$%&'*+.^_`|~0-9a-z-]+: [^\r\n\0]*\r\n", field), field[:200]
        assert not field.startswith((b"transfer-encoding", b"upgrade", b"trailer")), field
        if field.startswith(b"content-length: "):
            lengths.append(int(field[16:]))
    if status in (204, 304):
        return status, b""
    assert len(lengths) == 1, f"{len(lengths)} lengths"
    body = stream.read(lengths[0])
    assert len(body) == lengths[0], "the body ends too early"
    return status, body


def ask_neighbour(connection, close=True):
    connection.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n" + (b"Connection: close\r\n" if close else b"") + b"\r\n")


def seconds_without_processor(*threads):
    """How long threads that could run had no processor: that is the machine's doing, and not the server's."""
    waited = 0
    for thread in threads:
        with contextlib.suppress(OSError):
            waited += int(pathlib.Path(f"/proc/{thread}/schedstat").read_text().split()[1])
    return waited / 1e9


def check_neighbour(server):
    threads = (server.serving(), "thread-self")
    began, waited = time.monotonic(), seconds_without_processor(*threads)
    with server.connect() as connection, connection.makefile("rb") as stream:
        ask_neighbour(connection)
        assert read_answer(stream) == (200, b"hello")
    waited = seconds_without_processor(*threads) - waited
    took = time.monotonic() - began - waited
    assert took < NEIGHBOUR_SECONDS, f"the neighbour waited {took:.1f} s, and {waited:.1f} s for a processor"


def send_get(connection, path):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())


def check_guest(server, guest):
    """One request of the guest, and all that has to be as before."""
    assert server.process.poll() is None and server.serving(), "the server is not there"
    pid, memory, log_start = server.serving(), server.memory(), server.log_size()
    with server.connect() as connection, connection.makefile("rb") as stream:
        send_get(connection, "/" + guest.name)
        check_neighbour(server)  # while the guest runs
        status, _ = read_answer(stream)
        ask_neighbour(connection)  # what follows on the connection shows where the answer ended
        assert read_answer(stream) == (200, b"hello"), "the next answer on the connection is another"
        assert stream.read() == b"", "bytes behind the last answer"
    check_neighbour(server)
    assert status == guest.status, f"status {status}"
    log = server.log_from(log_start)
    for text in guest.log:
        assert text in log.decode(), f"the log lacks: {text}"
    assert len(log) < LOG_MARGIN, f"the log grew by {len(log)} bytes"
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", log), "control characters in the log"
    assert server.process.poll() is None and server.serving() == pid, "another serving process"
    within(10, lambda: server.memory() < memory + MEMORY_MARGIN,
           lambda: f"memory was {memory >> 20} MiB, is {server.memory() >> 20} MiB")


def within(seconds, condition, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)


class Suite:
    def __init__(self, wws, jobs, long):
        self.wws, self.jobs, self.long = wws, jobs, long
        self.cache = tempfile.TemporaryDirectory(prefix="wws-hostile-cache-")
        self.modules = tempfile.TemporaryDirectory(prefix="wws-hostile-modules-")
        self.passed = self.failed = 0

    def place(self, guests, folder):
        """Puts guests into a project's folder. Each is made once; its file is linked into every folder."""
        def one(guest):
            module = pathlib.Path(self.modules.name, guest.name + ".wasm")
            if not module.exists():
                guest.make(module)
            os.link(module, folder / module.name)
            guest.write_settings(folder)

        self.parallel(one, guests)

    def parallel(self, call, items):
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(call, items))

    @contextlib.contextmanager
    def server(self, fill, project=QUICK_PROJECT):
        """A server over a new folder that `fill(folder)` fills."""
        with tempfile.TemporaryDirectory(prefix="wws-hostile-") as name:
            folder = pathlib.Path(name)
            (folder / "wws.toml").write_text(project)
            fill(folder)
            with Server(self.wws, folder, self.cache.name) as server:
                yield server

    def report(self, name, error, expected="", log=""):
        if error is None:
            self.passed += 1
            if name in KNOWN:
                print(f"{name}: passes; take it off the list of what is known")
        elif name in KNOWN:
            print(f"{name}: known, {KNOWN[name]} ({error})")
        else:
            self.failed += 1
            print(f"{name}: {error}")
            print(f"  expected: {expected}" if expected else "", *log.splitlines()[-8:], sep="\n  ")
        sys.stdout.flush()

    # --- the guests, all on one server ---

    def run_guests(self, guests):
        left = list(guests)
        while left:
            with self.server(lambda folder: self.place(left, folder), PROJECT) as server:
                for _ in range(20):
                    assert server.get("/hello") == (200, b"hello")
                while left and self.run_guest(server, left.pop(0)):
                    pass

    def run_guest(self, server, guest):
        """False when the server has to be replaced: it is gone, or holds what a guest left."""
        start, error = server.log_size(), None
        try:
            check_guest(server, guest)
        except (AssertionError, OSError, ValueError) as problem:
            error = str(problem) or repr(problem)
        log = "\n".join(line[:300] for line in server.log_from(start).decode(errors="replace").splitlines())
        self.report(guest.name, error, f"{guest.status} {guest.log}", log)
        with contextlib.suppress(AssertionError, OSError):
            return error is None or server.get("/hello")[0] == 200 and server.memory() < 4 * MEMORY_MARGIN
        return False

    def run_test(self, name, test):
        try:
            test(self)
            self.report(name, None)
        except Exception:
            self.report(name, traceback.format_exc())


# --- guests together, and files that are broken ---

def test_loops_beside_a_neighbour(suite):
    guests = [guest for guest in all_guests() if guest.name.startswith(("loop", "sleep", "log_of", "recursion"))]
    with suite.server(lambda folder: suite.place(guests, folder), PROJECT) as server:
        suite.parallel(lambda guest: server.get("/" + guest.name), guests)  # compiled from here on
        pid = server.serving()
        connections = [server.connect() for _ in guests]
        for guest, connection in zip(guests, connections):
            send_get(connection, "/" + guest.name)
        for _ in range(50):
            check_neighbour(server)
        for guest, connection in zip(guests, connections):
            with connection, connection.makefile("rb") as stream:
                status, _ = read_answer(stream)
                assert status == guest.status, f"{guest.name}: {status}"
        assert server.serving() == pid


def test_one_connection_asks_all_at_once(suite):
    """Pipelined requests for guests that fail are answered in order."""
    guests = [guest for guest in all_guests() if guest.name.startswith(("exit", "trap", "status"))]
    with suite.server(lambda folder: suite.place(guests, folder)) as server:
        with server.connect() as connection, connection.makefile("rb") as stream:
            for guest in guests:
                send_get(connection, "/" + guest.name)
            for guest in guests:
                status, _ = read_answer(stream)
                assert status == guest.status, f"{guest.name}: {status}"


def check_files(suite, modules, expected=None):
    """Serves the modules in batches. Each route has to answer; all with `expected` if that is given."""
    for first in range(0, len(modules), BATCH):
        batch = list(enumerate(modules))[first:first + BATCH]

        def fill(folder):
            for number, content in batch:
                (folder / f"m{number}.wasm").write_bytes(content)

        with suite.server(fill) as server:
            pid = server.serving()

            def ask(item):
                with server.connect() as connection, connection.makefile("rb") as stream:
                    send_get(connection, f"/m{item[0]}")
                    status, _ = read_answer(stream)
                    assert status == expected or expected is None, f"number {item[0]}: {status}"

            suite.parallel(ask, batch)
            assert server.get("/hello") == (200, b"hello")
            assert server.serving() == pid, "another serving process:\n" + server.log()[-2000:]


GOOD = hostile_modules.writing(b'{"data":"ok",' + hostile_modules.HEADERS + b"}")


def test_every_beginning_of_a_module(suite):
    check_files(suite, [GOOD[:size] for size in range(len(GOOD))], 500)


def flipped(content, count, name):
    """`count` copies of `content`, each with 1 to 8 bits turned over."""
    print(f"{name}: seed {SEED}")
    generator = random.Random(SEED)
    copies = []
    for _ in range(count):
        copy = bytearray(content)
        for _ in range(generator.choice((1, 1, 1, 2, 8))):
            copy[generator.randrange(8, len(copy))] ^= 1 << generator.randrange(8)
        copies.append(bytes(copy))
    return copies


def test_flipped_bits_of_a_small_module(suite):
    check_files(suite, flipped(GOOD, 5000 if suite.long else 250, "flipped_bits_of_a_small_module"))


def test_flipped_bits_of_a_c_guest(suite):
    guest = (GUESTS / "echo.wasm").read_bytes()
    check_files(suite, flipped(guest, 5000 if suite.long else 250, "flipped_bits_of_a_c_guest"))


def test_files_that_are_no_files(suite):
    """A folder, links in a circle, to nothing and out of the project, a FIFO and a socket are no workers."""
    names = ["folder", "circle", "to", "fro", "nothing", "device", "outside", "fifo", "socket"]

    def fill(folder):
        (folder / "folder.wasm").mkdir()
        for link, target in [("circle", "circle.wasm"), ("to", "fro.wasm"), ("fro", "to.wasm"), ("nothing", "gone"),
                             ("device", "/dev/zero"), ("outside", GUESTS / "echo.wasm")]:
            (folder / (link + ".wasm")).symlink_to(target)
        os.mkfifo(folder / "fifo.wasm")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / "socket.wasm"))

    with suite.server(fill) as server:
        for name in names:
            for path in ("/" + name, f"/{name}.wasm"):
                status, _ = server.get(path)
                assert status == 404, f"{path}: {status}"
        assert server.get("/hello") == (200, b"hello")


def test_settings_that_are_a_fifo(suite):
    """The start does not wait for somebody to write into it."""
    with tempfile.TemporaryDirectory(prefix="wws-hostile-") as folder:
        shutil.copy(GUESTS / "hello.wasm", folder)
        os.mkfifo(os.path.join(folder, "hello.toml"))
        done = subprocess.run([suite.wws, "--port", "0", folder], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 2 and "not a regular file" in done.stderr, done


def main():
    global NEIGHBOUR_SECONDS, MEMORY_MARGIN
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not shutil.which("wat2wasm"):
        sys.exit("wat2wasm (package wabt) is missing; run scripts/setup tests")
    wws = os.path.abspath(arguments.wws)
    if b"__asan_init" in pathlib.Path(wws).read_bytes():  # slower, and what is freed stays for a while
        NEIGHBOUR_SECONDS *= 10
        MEMORY_MARGIN = 1 << 30
    suite = Suite(wws, arguments.jobs, arguments.long)

    def wanted(name):
        return name in arguments.names or not arguments.names

    guests = [guest for guest in all_guests() if wanted(guest.name) and (suite.long or not guest.only_long)]
    suite.run_guests([guest for guest in guests if not guest.is_generated])
    suite.run_guests([guest for guest in guests if guest.is_generated])
    for name, test in list(globals().items()):
        if name.startswith("test_") and wanted(name[5:]):
            suite.run_test(name[5:], test)
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed or not suite.passed else 0


if __name__ == "__main__":
    sys.exit(main())
