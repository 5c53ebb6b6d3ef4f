#!/usr/bin/env python3
"""Runs the real binary through crashes, stops, leaving clients and load.

usage: robustness.py --wws BINARY [--faulty BINARY --wat-guests FOLDER] [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import asyncio
import contextlib
import errno
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import system_calls

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUESTS = ROOT / "build/guests"
READY = "Start serving requests at http://"
# Seconds after which a wait is a failure: for what hangs, and no measure of speed.
PATIENCE = float(os.environ.get("WWS_TEST_PATIENCE", "180"))


class Server:
    """A running wws with some guests of tests/guests, or a folder."""

    def __init__(self, wws, *options, guests=(), files=None, folder=None, cache=None, descriptors=None,
                 refused=None, ignoring=(), before=lambda: None):
        """`files`: names and texts. `descriptors`: the soft and the hard limit of open files. `refused`: a system call,
        and the error it fails with. `ignoring`: signals that whoever starts the server ignores. `before`: what else is
        done in its process before it starts."""
        self.temp = tempfile.TemporaryDirectory(prefix="wws-robust-")
        self.folder = pathlib.Path(folder or self.temp.name)
        for guest in guests:
            shutil.copy(GUESTS / (guest + ".wasm"), self.folder)
        for name, text in (files or {}).items():
            (self.folder / name).write_text(text)
        self.prepare()
        self.errors = tempfile.TemporaryFile()

        def begin():
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)
            for number in ignoring:
                signal.signal(number, signal.SIG_IGN)
            before()
            if refused:
                system_calls.refuse(*refused)

        self.process = subprocess.Popen(
            [wws, "--port", "0", *options, str(self.folder)], stdout=subprocess.PIPE, stderr=self.errors,
            env=dict(os.environ, **({"XDG_CACHE_HOME": cache} if cache else {})),
            preexec_fn=begin, start_new_session=True)
        self.output = ""
        while READY not in self.output:
            line = self.process.stdout.readline().decode()
            assert line, "the server did not start:\n" + self.log()
            self.output += line
        self.port = int(re.search(READY + r"127\.0\.0\.1:(\d+)", self.output).group(1))

    def prepare(self):
        """For those that put more into the folder before the server starts."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.temp.cleanup()

    def log(self):
        # Not by seek(): the position is shared with the server, which writes at it.
        fd = self.errors.fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def get(self, path, connection=None):
        """Status and body of one request."""
        with connection or self.connect() as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
            return receive(sock)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def children(self):
        """Process ids of the serving processes."""
        return [pid for pid in children_of(self.process.pid) if b"__serve" in cmdline(pid)]


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != b""  # empty: dead, and not waited for
    except OSError:
        return False


def cmdline(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def descriptors(pid):
    """What each descriptor of a process is: one that is closed meanwhile is left out. Empty when the process is gone."""
    names = {}
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for number in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                names[int(number)] = os.readlink(f"/proc/{pid}/fd/{number}")
    return names


def children_of(parent):
    """Process ids of a process's children."""
    pids = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                pids.append(int(stat.parent.name))
        except (OSError, IndexError):
            pass
    return pids


def link_or_copy(source, target):
    """A second name of a file that is not changed; a copy where there can be none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


def receive(sock):
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
    assert data, "no answer"
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def ask_admin(path, name):
    """The body of the answer of an admin interface at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(path)
        sock.sendall(f"GET {name} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
        return receive(sock)[1].decode()


def until(condition, what):
    """Waits for something that another process does; gives up after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "in vain waited for: " + what
        time.sleep(0.005)


async def load(port, paths, connections, requests, on_answer=lambda count: None):
    """Sends `requests` over keep-alive connections. Returns answers and failures. One that is refused because the
    machine is too slow for so many comes again, as it is told."""
    answers, failures, next_request = 0, [], iter(range(requests))

    async def client():
        nonlocal answers
        reader = writer = None
        deadline = time.monotonic() + PATIENCE
        for number in next_request:
            path = paths[number % len(paths)]
            try:
                refused = True
                while refused:
                    if writer is None:
                        reader, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.write(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
                    head = await reader.readuntil(b"\r\n\r\n")
                    status = int(head.split()[1])
                    if length := re.search(rb"content-length: (\d+)", head):
                        await reader.readexactly(int(length.group(1)))
                    else:  # chunked: a guest that had its turn taken while it wrote
                        while size := int(await reader.readline(), 16):
                            await reader.readexactly(size + 2)
                        await reader.readline()
                    refused = status == 503 and b"\r\nretry-after: " in head and time.monotonic() < deadline
                    await asyncio.sleep(0.1 if refused else 0)
                answers += 1
                on_answer(answers)
                if status != 200:
                    failures.append(f"{path}: {status}")
            except (OSError, asyncio.IncompleteReadError) as error:
                failures.append(f"{path}: {error!r}")
                if writer is not None:
                    writer.close()
                writer = None
        if writer is not None:
            writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return answers, failures


def test_ten_thousand_requests_over_all_examples(wws):
    examples = json.loads((ROOT / "examples/dist/public/examples.json").read_text())
    routes = ["/", "/style.css"] + [example["url"] for example in examples if example["built"]]
    with Server(wws, "--log-level", "warn", folder=ROOT / "examples/dist") as server:
        answers, failures = asyncio.run(load(server.port, routes, 64, 10_000))
        assert not failures, failures[:5]
        assert answers == 10_000, answers
        assert server.stop() == 0


def test_a_killed_process_fails_only_its_own_requests(wws):
    connections = 32
    with Server(wws, "--processes", "2", "--log-level", "error", guests=["hello"]) as server:
        victims = server.children()
        assert len(victims) == 2, victims

        def kill_one(count):
            if count == 2000:
                os.kill(victims[0], signal.SIGKILL)

        _, failures = asyncio.run(load(server.port, ["/hello"], connections, 6000, kill_one))
        assert len(failures) <= connections, len(failures)
        assert server.get("/hello") == (200, b"hello")
        until(lambda: len(server.children()) == 2 and victims[0] not in server.children(), "a new serving process")
        assert f"(pid {victims[0]}) died: signal 9 (Killed)" in server.log(), server.log()
        assert server.stop() == 0


def test_all_processes_killed_again_and_again(wws):
    with Server(wws, "--processes", "2", "--log-level", "error", guests=["hello"]) as server:
        for _ in range(3):
            old = server.children()
            for pid in old:
                os.kill(pid, signal.SIGKILL)
            # The listening socket is the supervisor's: a connection waits for the next process.
            assert server.get("/hello") == (200, b"hello")
            until(lambda: len(server.children()) == 2 and not set(old) & set(server.children()), "new processes")
        assert server.stop() == 0


# The one that woke up first had 84 to 100 % of them, and the other one's core nothing to do.
def test_processes_share_the_clients_that_come_at_once(wws):
    def sockets():
        return [sum(name.startswith("socket:") for name in descriptors(pid).values()) for pid in server.children()]

    connections, shares = 64, []
    with Server(wws, "--processes", "2", "--log-level", "error", guests=["hello"]) as server:
        idle = sockets()
        for _ in range(11):  # what else the machine did in one of them is not known
            with contextlib.ExitStack() as stack:
                clients = [stack.enter_context(socket.socket()) for _ in range(connections)]
                for client in clients:
                    client.setblocking(False)
                    client.connect_ex(("127.0.0.1", server.port))
                for client in clients:
                    client.settimeout(PATIENCE)
                    client.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")
                    assert client.recv(4096).startswith(b"HTTP/1.1 200")
                of_first, of_second = (now - before for now, before in zip(sockets(), idle))
                assert of_first + of_second == connections, (of_first, of_second)
                shares.append(max(of_first, of_second))
            until(lambda: sockets() == idle, "closed connections")
        assert statistics.median(shares) <= connections * 3 / 4, shares
        assert server.stop() == 0


def test_a_stop_lets_requests_in_flight_end(wws):
    with Server(wws, guests=["sleep", "hello"]) as server:
        idle = server.connect()
        busy = server.connect()
        busy.sendall(b"GET /sleep?ms=300 HTTP/1.1\r\nHost: t\r\n\r\n")
        server.get("/hello")
        until(lambda: "hello" in server.log(), "the hello in the log")
        server.process.send_signal(signal.SIGTERM)
        status, body = receive(busy)
        assert (status, body) == (200, b"slept"), (status, body)
        assert idle.recv(1) == b""
        assert server.process.wait(PATIENCE) == 0


def test_a_signal_to_the_whole_group_loses_no_request(wws):
    # What a terminal, a service manager, a container runtime and timeout(1) do; the last signals twice.
    for number, times in ((signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGTERM, 2)):  # SIGHUP: tests/reload.py
        with tempfile.TemporaryDirectory() as cache:
            with Server(wws, "--processes", "2", guests=["sleep"], cache=cache) as server:
                compiling = server.connect()  # waits for its module, which a compile child makes
                compiling.sendall(b"GET /sleep?ms=1 HTTP/1.1\r\nHost: t\r\n\r\n")
                busy = [server.connect() for _ in range(4)]
                for sock in busy:
                    sock.sendall(b"GET /sleep?ms=500 HTTP/1.1\r\nHost: t\r\n\r\n")
                for _ in range(times):
                    os.killpg(server.process.pid, number)
                for sock in [compiling, *busy]:
                    assert receive(sock) == (200, b"slept"), (number, server.log())
                assert server.process.wait(PATIENCE) == 0
                assert "died" not in server.log(), server.log()


def test_a_second_signal_ends_all_at_once(wws):
    with Server(wws, guests=["sleep"]) as server:
        assert server.get("/sleep?ms=1") == (200, b"slept")
        busy = server.connect()
        busy.sendall(b"GET /sleep?ms=25000 HTTP/1.1\r\nHost: t\r\n\r\n")
        began = time.monotonic()

        def is_gone():
            server.process.send_signal(signal.SIGTERM)  # those of the first second are one wish
            return server.process.poll() is not None

        until(is_gone, "its end")
        assert time.monotonic() - began < 20


def test_nohup_is_obeyed(wws):
    with Server(wws, guests=["hello"], ignoring=[signal.SIGHUP]) as server:
        os.killpg(server.process.pid, signal.SIGHUP)
        assert server.get("/hello") == (200, b"hello")
        assert server.process.poll() is None
        assert server.stop() == 0


def test_children_are_waited_for_though_the_caller_ignores_their_ends(wws):
    with tempfile.TemporaryDirectory() as cache:
        with Server(wws, "--processes", "1", guests=["hello"], cache=cache, ignoring=[signal.SIGCHLD]) as server:
            assert server.get("/hello") == (200, b"hello")
            [first] = server.children()
            os.kill(first, signal.SIGKILL)
            assert server.get("/hello") == (200, b"hello")
            assert server.stop() == 0


def test_compile_children_leave_when_the_supervisor_is_gone(wws):
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        fill_with_modules(folder, 50)
        with Server(wws, "--processes", "1", folder=folder, cache=cache) as server:
            found = []

            def are_at_work():
                found[:] = [pid for pid in children_of(server.process.pid) if b"__compile" in cmdline(pid)]
                return found

            until(are_at_work, "a compile child")
            server.process.kill()
            server.process.wait()
            until(lambda: not any(b"__compile" in cmdline(pid) for pid in found), "their end")


def test_a_request_waits_out_its_compilation_through_a_stop(wws):
    with tempfile.TemporaryDirectory() as cache, Server(wws, guests=["sleep"], cache=cache) as server:
        busy = server.connect()
        busy.sendall(b"GET /sleep?ms=1 HTTP/1.1\r\nHost: t\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        assert receive(busy) == (200, b"slept")
        assert server.process.wait(PATIENCE) == 0


def test_a_stop_serves_connections_not_yet_accepted_and_takes_no_more(wws):
    with Server(wws, "--processes", "1", guests=["sleep"]) as server:
        [child] = server.children()
        os.kill(child, signal.SIGSTOP)
        waiting = server.connect()
        waiting.sendall(b"GET /sleep?ms=3000 HTTP/1.1\r\nHost: t\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        os.kill(child, signal.SIGCONT)

        def is_refused():
            try:
                server.connect().close()
                return False
            except ConnectionRefusedError:
                return True

        until(is_refused, "a refused connection")
        assert server.process.poll() is None  # it is still at the request below
        assert receive(waiting) == (200, b"slept")
        assert server.process.wait(PATIENCE) == 0


def test_a_stop_gives_up_what_does_not_end(wws):
    with Server(wws, "--stop-time", "0", guests=["loop"]) as server:
        busy = server.connect()
        busy.sendall(b"GET /loop HTTP/1.1\r\nHost: t\r\n\r\n")
        assert server.stop() == 0


def test_a_guest_is_ended_when_its_client_leaves(wws):
    with Server(wws, "--processes", "1", "--max-instances", "1", guests=["loop", "sleep", "hello"]) as server:
        for path in ("/loop", "/sleep?ms=20000"):
            gone = server.connect()
            gone.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            gone.close()
            # The one instance is free again long before the guest would have ended.
            assert server.get("/hello")[0] in (200, 503)
            until(lambda: server.get("/hello") == (200, b"hello"), "an instance")
        assert server.stop() == 0


def test_a_client_that_leaves_has_its_access_line(wws):
    with Server(wws, "--processes", "1", guests=["sleep"]) as server:
        with server.connect() as gone:
            gone.sendall(b"GET /sleep?ms=20000 HTTP/1.1\r\nHost: t\r\n\r\n")
        until(lambda: '"GET /sleep?ms=20000 HTTP/1.1" 499 0 ' in server.log(), "its line")
        with server.connect() as gone:
            gone.sendall(b"POST /sleep HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
        until(lambda: '"POST /sleep HTTP/1.1" 499 0 ' in server.log(), "its line")


# Nothing was looked after while no connection was open.
def test_a_guest_that_is_deaf_is_ended_when_its_only_client_left(wws):
    def cpu_time(pid):
        return sum(int(field) for field in pathlib.Path(f"/proc/{pid}/stat").read_text().split()[13:15])

    with Server(wws, "--processes", "1", guests=["deaf"],
                files={"deaf.toml": 'name = "x"\nversion = "1"\n[limits]\ntime = "60m"\ncpu_time = "60m"\n'}) as server:
        (pid,) = server.children()
        with server.connect() as gone:
            gone.sendall(b"GET /deaf HTTP/1.1\r\nHost: t\r\n\r\n")
            assert gone.recv(1000)

        def rests():
            before = cpu_time(pid)
            time.sleep(0.3)
            return cpu_time(pid) <= before + 1

        until(rests, "its end")


# A connection that had sent a large request kept its buffers while it idled: 138 to 164 KiB.
def test_idle_connections_cost_little_whatever_came_before(wws):
    count = 500
    body = b"x" * 60_000
    request = b"POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % len(body)

    def memory(pid):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024

    def ask(server):
        sock = server.connect()
        sock.sendall(request + body)
        reader = sock.makefile("rb")
        assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
        length = 0
        while (line := reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert len(reader.read(length)) == length >= len(body)
        return sock

    with Server(wws, "--processes", "1", guests=["echo_body"], files={}) as server:
        request = request.replace(b"/echo ", b"/echo_body ")
        (pid,) = server.children()
        open_ones = [ask(server) for _ in range(100)]  # what is shared is there after these
        before = memory(pid)
        open_ones += [ask(server) for _ in range(count)]
        each = (memory(pid) - before) / count
        print(f"robustness: an idle connection costs {each / 1024:.1f} KiB after a request of 60 KB (goal 16)")
        if b"__asan_init" not in pathlib.Path(wws).read_bytes():  # which keeps what is freed
            assert each < 16 * 1024, each
        for sock in open_ones:
            sock.close()


def test_spinning_guests_do_not_stop_others(wws):
    with Server(wws, "--processes", "1", guests=["loop", "hello"]) as server:
        spinners = [server.connect() for _ in range(8)]
        for spinner in spinners:
            spinner.sendall(b"GET /loop HTTP/1.1\r\nHost: t\r\n\r\n")
        for _ in range(50):
            assert server.get("/hello") == (200, b"hello")
        for spinner in spinners:
            spinner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # leave by reset
            spinner.close()
        assert server.stop() == 0


def test_processes_leave_when_the_supervisor_is_gone(wws):
    with Server(wws, "--processes", "2", guests=["hello"]) as server:
        children = server.children()
        server.process.kill()
        server.process.wait()
        until(lambda: not any(is_alive(pid) for pid in children), "their end")


def test_a_port_in_use_is_told(wws):
    with Server(wws, guests=["hello"]) as server:
        second = subprocess.run([wws, "--port", str(server.port), str(server.folder)], capture_output=True, text=True,
                                timeout=PATIENCE)
        assert second.returncode == 1, second
        assert "Address already in use" in second.stderr and "--port" in second.stderr, second.stderr


def test_a_missing_folder_is_told(wws):
    done = subprocess.run([wws, "--port", "0", "/no/such/folder"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and "/no/such/folder" in done.stderr, done
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([wws, "verison"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and 'did you mean the command "wws version"?' in done.stderr, done


def test_closed_standard_streams_are_survived(wws):
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        shutil.copy(GUESTS / "hello.wasm", folder)
        process = subprocess.Popen(["sh", "-c", f'exec "{wws}" --port {port} "{folder}" <&- >&- 2>&-'])

        def answers():
            try:
                with socket.create_connection(("127.0.0.1", port), PATIENCE) as sock:
                    sock.sendall(b"GET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                    return receive(sock) == (200, b"hello")
            except ConnectionError:
                return False

        try:
            until(answers, "an answer")
        finally:
            process.terminate()
        assert process.wait(PATIENCE) == 0


def test_two_servers_may_fill_one_cache(wws):
    with tempfile.TemporaryDirectory() as cache:
        servers = []

        def start():
            servers.append(Server(wws, "--processes", "1", guests=["hello", "echo", "say"], cache=cache))

        threads = [threading.Thread(target=start) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(servers) == 3
        for server in servers:
            with server:
                assert server.get("/hello") == (200, b"hello")
                assert server.stop() == 0
        names = os.listdir(os.path.join(cache, "wws/modules"))
        assert not [name for name in names if not name.endswith(".cwasm") and name != "verified"], names


def test_a_damaged_cache_file_is_compiled_again(wws):
    with tempfile.TemporaryDirectory() as cache:
        with Server(wws, "--processes", "1", guests=["hello"], cache=cache) as server:
            assert server.get("/hello") == (200, b"hello")
            assert server.stop() == 0
        [file] = pathlib.Path(cache, "wws/modules").glob("*.cwasm")
        code = bytearray(file.read_bytes())
        code[len(code) // 2] ^= 1
        file.write_bytes(code)
        with Server(wws, "--processes", "1", guests=["hello"], cache=cache) as server:
            assert server.get("/hello") == (200, b"hello")
            assert "not what was written there" in server.log(), server.log()


def test_routes_that_are_ready_are_served_while_others_are_compiled(wws):
    with tempfile.TemporaryDirectory() as cache, tempfile.TemporaryDirectory() as folder:
        shutil.copy(GUESTS / "hello.wasm", folder)
        with Server(wws, "--processes", "1", folder=folder, cache=cache) as server:
            assert server.get("/hello") == (200, b"hello")
            assert server.stop() == 0
        # Modules of different content that take the compiler a while.
        for number in range(20):
            custom = b"\0" + bytes([3, 1, 0x78, number])
            pathlib.Path(folder, f"new{number}.wasm").write_bytes((GUESTS / "echo.wasm").read_bytes() + custom)
        pathlib.Path(folder, "broken.wasm").write_bytes(b"\0asm\1\0\0\0\xff")
        with Server(wws, "--processes", "2", folder=folder, cache=cache) as server:
            assert server.get("/hello") == (200, b"hello")
            log = server.log()
            assert "compiling 21 of 22 modules" in log and "all modules are compiled" not in log, log
            # These wait for their module, in whichever process they are.
            for number in reversed(range(20)):
                assert server.get(f"/new{number}")[0] == 200
            assert server.get("/broken")[0] == 500
            until(lambda: "all modules are compiled" in server.log(), "the end of compilation")
            assert "broken.wasm: cannot be run, its route answers 500" in server.log(), server.log()
            assert server.stop() == 0


def test_a_stop_during_compilation_leaves_nothing_unfinished(wws):
    with tempfile.TemporaryDirectory() as cache:
        with Server(wws, "--processes", "1", guests=["hello", "echo", "say", "large"], cache=cache) as server:
            assert server.stop() == 0
        names = os.listdir(os.path.join(cache, "wws/modules"))
        assert not [name for name in names if not name.endswith(".cwasm") and name != "verified"], names


def test_a_module_that_kills_its_process_three_times_is_put_aside(_):
    if not FAULTY:
        return
    for death, how in (("abort", "signal 6"), ("overflow_stack", "signal"), ("kill", "signal 9")):
        name = f"dies_by_{death}"
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
            shutil.copy(GUESTS / "hello.wasm", folder)
            shutil.copy(WAT_GUESTS / f"{name}.wasm", folder)
            with Server(FAULTY, "--processes", "2", folder=folder, cache=cache) as server:
                for count in range(3):
                    with server.connect() as sock:
                        sock.sendall(f"GET /{name} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
                        try:
                            assert sock.recv(100) == b"", "an answer of a guest that kills its process"
                        except ConnectionResetError:
                            pass
                    until(lambda: f"a guest of {name}.wasm ran when it died ({count + 1} of 3 times)" in server.log(),
                          f"death {count + 1} of {name}: {server.log()}")
                    assert server.get("/hello") == (200, b"hello")
                assert server.get(f"/{name}")[0] == 500
                log = server.log()
                assert f"{name}.wasm: put aside: serving processes died 3 times while it ran" in log, log
                assert how in log, log
                until(lambda: len(server.children()) == 2, "both processes")
                assert server.get(f"/{name}")[0] == 500  # also in a process that was started later
                assert server.get("/hello") == (200, b"hello")
                assert server.stop() == 0


def test_a_process_whose_loop_stands_still_is_replaced(_):
    if not FAULTY:
        return
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        shutil.copy(GUESTS / "hello.wasm", folder)
        shutil.copy(WAT_GUESTS / "blocks_its_loop.wasm", folder)
        with Server(FAULTY, "--processes", "2", folder=folder, cache=cache) as server:

            def is_served():
                try:
                    return server.get("/hello") == (200, b"hello")
                except (AssertionError, ConnectionError):
                    return False  # it was with the one that stands still

            for count in range(3):
                with server.connect() as sock:
                    sock.sendall(b"GET /blocks_its_loop HTTP/1.1\r\nHost: t\r\n\r\n")
                    until(is_served, "the other process to serve")
                    try:
                        assert sock.recv(100) == b"", "an answer of a guest that blocks its process"
                    except ConnectionResetError:
                        pass
                until(lambda: f"a guest of blocks_its_loop.wasm ran when it died ({count + 1} of 3 times)"
                      in server.log(), f"death {count + 1}: {server.log()}")
            until(lambda: "blocks_its_loop.wasm: put aside" in server.log(), "it to be put aside")
            log = server.log()
            assert "by the supervisor, since its loop stood still for 3 s while it had work" in log, log
            assert "blocks_its_loop.wasm: put aside" in log and "(the last: signal 9 (Killed), by the supervisor" in log, log
            assert server.get("/blocks_its_loop")[0] == 500
            assert server.stop() == 0


def test_a_stopped_process_with_work_is_replaced_and_an_idle_one_is_not(_):
    if not FAULTY:
        return
    with tempfile.TemporaryDirectory() as cache:
        with Server(FAULTY, "--processes", "1", guests=["hello", "sleep"], cache=cache) as server:
            assert server.get("/hello") == (200, b"hello")
            assert server.get("/sleep?ms=1") == (200, b"slept")
            [first] = server.children()
            busy = server.connect()
            busy.sendall(b"GET /sleep?ms=20000 HTTP/1.1\r\nHost: t\r\n\r\n")
            until(lambda: server.get("/hello") == (200, b"hello"), "it to have taken the other")
            os.kill(first, signal.SIGSTOP)
            until(lambda: server.children() and first not in server.children(), "another process")
            until(lambda: "its loop stood still" in server.log(), "the reason in the log")
            assert server.get("/hello") == (200, b"hello")
            assert server.stop() == 0


def test_a_supervisor_that_was_stopped_does_not_take_its_absence_for_its_childrens(_):
    if not FAULTY:
        return
    with Server(FAULTY, "--processes", "1", guests=["sleep"]) as server:
        assert server.get("/sleep?ms=1") == (200, b"slept")
        [first] = server.children()
        busy = server.connect()
        busy.sendall(b"GET /sleep?ms=5000 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        for number, wait in ((signal.SIGSTOP, 4), (signal.SIGCONT, 0)):  # longer than the supervisor's patience
            os.killpg(server.process.pid, number)
            time.sleep(wait)
        assert receive(busy) == (200, b"slept"), server.log()
        assert server.children() == [first], server.log()
        assert server.stop() == 0


def test_a_concurrency_limit_refuses_the_next_request(wws):
    with tempfile.TemporaryDirectory() as folder:
        for guest in ("sleep", "hello"):
            shutil.copy(GUESTS / f"{guest}.wasm", folder)
        pathlib.Path(folder, "sleep.toml").write_text("[limits]\nconcurrency = 2\n")
        with Server(wws, "--processes", "1", folder=folder) as server:
            busy = [server.connect() for _ in range(2)]
            for sock in busy:
                sock.sendall(b"GET /sleep?ms=20000 HTTP/1.1\r\nHost: t\r\n\r\n")
            until(lambda: server.get("/sleep?ms=0")[0] == 503, "a refusal")
            assert server.get("/hello") == (200, b"hello")
            assert "concurrency-limit: as many requests run as its concurrency of 2 allows" in server.log()
            for sock in busy:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # leave by reset
                sock.close()
            until(lambda: server.get("/sleep?ms=0")[0] == 200, "an answer")
            assert server.stop() == 0


def fill_with_modules(folder, count):
    """Copies of hello that differ, so that each is a module of its own."""
    hello = (GUESTS / "hello.wasm").read_bytes()
    for number in range(count):
        pathlib.Path(folder, f"m{number}.wasm").write_bytes(hello + b"\0" + bytes([3, 1, 0x78, number]))


def test_more_workers_than_descriptors_allow_at_first(wws):
    with tempfile.TemporaryDirectory() as folder:
        fill_with_modules(folder, 100)
        with Server(wws, "--processes", "1", folder=folder, descriptors=(64, 1024)) as server:
            for number in range(100):
                assert server.get(f"/m{number}") == (200, b"hello")
            assert server.stop() == 0


def test_more_workers_than_descriptors_may_be_are_told(wws):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        fill_with_modules(folder, 100)
        for _ in ("compiled now", "found in the cache"):
            with Server(wws, "--processes", "1", folder=folder, cache=cache, descriptors=(64, 64)) as server:
                assert "100 modules need 200 open files and 64 are allowed" in server.log(), server.log()
                answers = [server.get(f"/m{number}")[0] for number in range(100)]
                assert answers.count(200) == 32 and answers.count(500) == 68, answers
                assert "raise the limit of open files" in server.log(), server.log()
                assert server.stop() == 0


def test_accepting_pauses_when_descriptors_run_out(wws):
    with Server(wws, "--processes", "1", guests=["hello"], descriptors=(64, 64)) as server:
        early = server.connect()
        assert server.get("/hello") == (200, b"hello")
        idle = [server.connect() for _ in range(100)]  # some are accepted, the others wait in the kernel
        request = b"GET /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
        late = server.connect()
        late.sendall(request)
        early.sendall(request)
        assert receive(early) == (200, b"hello")  # what is open is served
        for sock in idle:
            sock.close()
        assert receive(late) == (200, b"hello")
        assert server.stop() == 0


def test_files_are_served_where_openat2_is_refused(wws):
    for error in (errno.EPERM, errno.ENOSYS):
        with Project(wws, "--processes", "1", refused=("openat2", error)) as server:
            assert server.log().count("openat2 is refused here") == 1, server.log()
            for path, answer in {"/file.txt": (200, b"file"), "/inside.txt": (200, b"secret"), "/": (200, b"home"),
                                 "/outside.txt": (404, b""), "/none": (404, b""), "/folder": (404, b"")}.items():
                assert server.get(path) == answer, (path, server.get(path))
            assert server.stop() == 0


class Project(Server):
    """A server of files and links."""

    def prepare(self):
        public = self.folder / "public"
        (public / "folder").mkdir(parents=True)
        (self.folder / "secret.txt").write_text("secret")
        (public / "file.txt").write_text("file")
        (public / "index.html").write_text("home")
        (public / "inside.txt").symlink_to("folder/../../secret.txt")
        (public / "outside.txt").symlink_to("../../../../../../../../etc/passwd")


class LeftOut(Exception):
    """Raised by a test that cannot be done here, with the reason."""


def run_tests(scope, names, *arguments):
    """Runs the functions test_NAME of a module, all or those named; one that raises LeftOut counts as neither passed nor
    failed. Returns the exit status."""
    passed = failed = 0
    for name, test in [(name[5:], test) for name, test in scope.items() if name.startswith("test_")]:
        if names and name not in names:
            continue
        try:
            test(*arguments)
            passed += 1
        except LeftOut as reason:
            print(f"left out: {name}: {reason}")
        except Exception:
            failed += 1
            print(f"{name}:\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main():
    global FAULTY, WAT_GUESTS
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--faulty", help="the program wws_faulty; without it what needs it is left out")
    parser.add_argument("--wat-guests", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    FAULTY, WAT_GUESTS = arguments.faulty and os.path.abspath(arguments.faulty), arguments.wat_guests
    wws = os.path.abspath(arguments.wws)
    return run_tests(globals(), arguments.names, wws)


if __name__ == "__main__":
    sys.exit(main())
