#!/usr/bin/env python3
"""Starts the real binary as a service manager does: with sockets that listen already, and one that it tells how it is
doing (sd_listen_fds(3), sd_notify(3)).

usage: activation.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from robustness import GUESTS, PATIENCE, children_of, cmdline, receive, run_tests, until

# What a service manager does between fork and exec. Arguments: descriptors, and the program with its own.
LAUNCH = """
import os, sys
passed = [int(number) for number in sys.argv[1].split(",") if number]
for number, descriptor in enumerate(passed, 3):
    os.dup2(descriptor, number, inheritable=True)
os.closerange(3 + len(passed), 256)
os.environ["LISTEN_PID"] = os.environ.get("LISTEN_PID") or str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(passed))
os.execv(sys.argv[2], sys.argv[2:])
"""


def high(sock):
    """The same socket by a number that the launcher's low ones cannot meet."""
    copy = socket.socket(fileno=fcntl.fcntl(sock.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))
    sock.close()
    return copy


def listener(address=("127.0.0.1", 0), family=socket.AF_INET):
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(address)
    sock.listen(128)
    return high(sock)


class Manager:
    """The end of the notify protocol that belongs to the service manager."""

    def __init__(self, path=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.name = path or f"@wws-activation-{os.getpid()}-{id(self)}"
        self.socket.bind(path or "\0" + self.name[1:])
        self.socket.settimeout(PATIENCE)

    def hear(self, line):
        """Waits for a message with this line; returns the lines of it."""
        while True:
            lines = self.socket.recv(4096).decode().split("\n")
            if line in lines:
                return lines


class Service:
    """A server that was handed sockets."""

    def __init__(self, wws, sockets, *options, folder, manager=None, environment=None):
        self.errors = tempfile.TemporaryFile()
        variables = dict(os.environ, **(environment or {}), **({"NOTIFY_SOCKET": manager.name} if manager else {}))
        descriptors = [sock.fileno() for sock in sockets]
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, ",".join(map(str, descriptors)), wws, *options, str(folder)],
            stdout=subprocess.PIPE, stderr=self.errors, env=variables, pass_fds=descriptors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def log(self):
        fd = self.errors.fileno()
        return os.pread(fd, os.fstat(fd).st_size, 0).decode(errors="replace")

    def line(self, words):
        """Waits for the line of the output with these words."""
        while words not in (line := self.process.stdout.readline().decode()):
            assert line, "the server did not start:\n" + self.log()
        return line

    def children(self):
        return [pid for pid in children_of(self.process.pid) if b"__serve" in cmdline(pid)]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def project(**files):
    """A folder with a worker hello, and files by their names (with _ for dots)."""
    with tempfile.TemporaryDirectory(prefix="wws-activation-") as folder:
        os.chmod(folder, 0o755)
        for guest in ("hello", "environment"):
            shutil.copy(GUESTS / f"{guest}.wasm", folder)
        for name, text in files.items():
            pathlib.Path(folder, name.replace("_", ".")).write_text(text)
        yield folder


def ask(address, path="/hello"):
    """Sends a request; the answer is read later."""
    sock = socket.create_connection(address, PATIENCE)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n".encode())
    return sock


def get(address, path="/hello"):
    with ask(address, path) as sock:
        return receive(sock)


def test_what_was_asked_before_the_start_is_answered(wws):
    with project() as folder, listener() as sock:
        address = sock.getsockname()
        early = [ask(address) for _ in range(20)]
        with Service(wws, [sock], folder=folder) as service:
            assert [receive(one) for one in early] == [(200, b"hello")] * 20
            for one in early:
                one.close()
            port = address[1]
            assert f"http://127.0.0.1:{port}/hello" in service.line("/hello")
            assert f"http://127.0.0.1:{port}" in service.line("Start serving requests at")
            assert f"handed over at the start, listens on 127.0.0.1:{port}" in service.log(), service.log()
            assert service.stop() == 0


def test_all_sockets_are_served(wws):
    families = [(("127.0.0.1", 0), socket.AF_INET), (("127.0.0.1", 0), socket.AF_INET)]
    with contextlib.suppress(OSError), listener(("::1", 0), socket.AF_INET6):
        families.append((("::1", 0), socket.AF_INET6))
    with project() as folder, contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(listener(*family)) for family in families]
        with Service(wws, sockets, folder=folder, environment={"LISTEN_FDNAMES": "a:b"}) as service:
            for sock in sockets:
                assert get(sock.getsockname()[:2]) == (200, b"hello")
            assert "descriptor 3 (a), handed" in service.log() and "descriptor 4 (b), handed" in service.log()
            assert service.stop() == 0


def test_ready_is_told_when_it_answers_and_stopping_when_it_stops(wws):
    with project() as folder, tempfile.TemporaryDirectory() as place:
        for path in (None, place + "/notify"):
            manager = Manager(path)
            with listener() as sock, Service(wws, [sock], "--processes", "2", folder=folder, manager=manager) as service:
                port = sock.getsockname()[1]
                lines = manager.hear("READY=1")
                assert f"STATUS=serving at http://127.0.0.1:{port}" in lines, lines
                assert len(service.children()) == 2
                assert get(sock.getsockname()) == (200, b"hello")
                service.process.send_signal(signal.SIGTERM)
                lines = manager.hear("STOPPING=1")
                assert "STATUS=stopping; requests in flight have 30 s" in lines, lines
                assert service.process.wait(PATIENCE) == 0


def test_ready_is_told_without_passed_sockets_too(wws):
    with project() as folder:
        manager = Manager()
        with Service(wws, [], "--port", "0", folder=folder, manager=manager) as service:
            lines = manager.hear("READY=1")
            address = next(line for line in lines if line.startswith("STATUS=")).rpartition("/")[2].split(":")
            assert get((address[0], int(address[1]))) == (200, b"hello")
            assert service.stop() == 0


def test_the_manager_gets_signs_of_life(wws):
    with project() as folder, listener() as sock:
        manager = Manager()
        with Service(wws, [sock], folder=folder, manager=manager, environment={"WATCHDOG_USEC": "20000"}) as service:
            manager.hear("READY=1")
            for _ in range(20):
                manager.hear("WATCHDOG=1")
            assert service.stop() == 0


def test_a_restart_on_the_same_socket_loses_no_request(wws):
    with project() as folder, listener() as sock, tempfile.TemporaryDirectory() as cache:
        address = sock.getsockname()
        answers, failures, is_over = [], [], threading.Event()

        def client():
            while not is_over.is_set():
                try:
                    answer = get(address)
                    answers.append(answer)
                    if answer != (200, b"hello"):
                        failures.append(answer)
                except (OSError, AssertionError) as error:
                    failures.append(repr(error))

        clients = [threading.Thread(target=client) for _ in range(8)]
        for thread in clients:
            thread.start()
        try:
            for _ in range(4):
                manager = Manager()
                with Service(wws, [sock], "--cache", cache, folder=folder, manager=manager) as service:
                    manager.hear("READY=1")
                    so_far = len(answers)
                    until(lambda: len(answers) > so_far + 100, "answers under load")
                    assert service.stop() == 0
            # The last clients wait in the queue for somebody.
            with Service(wws, [sock], "--cache", cache, folder=folder) as service:
                is_over.set()
                for thread in clients:
                    thread.join(PATIENCE)
                assert service.stop() == 0
        finally:
            is_over.set()
        assert not failures, (len(answers), failures[:5])


def test_children_are_confined_and_know_nothing_of_the_manager(wws):
    from hardening import confinement
    is_filtered = b"__asan_init" not in pathlib.Path(wws).read_bytes()
    with project(environment_toml='[vars]\nA = "$NOTIFY_SOCKET"\nB = "$LISTEN_FDS"\n') as folder, listener() as sock:
        manager = Manager()
        with Service(wws, [sock], "--processes", "1", folder=folder, manager=manager) as service:
            manager.hear("READY=1")
            [child] = service.children()
            variables = pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
            assert not [name for name in variables if name.startswith((b"LISTEN_", b"NOTIFY_", b"WATCHDOG_"))], variables
            assert confinement(child) == ("1", "2" if is_filtered else "0"), confinement(child)
            assert 'the environment variable "NOTIFY_SOCKET"' in service.log() or "NOTIFY_SOCKET" in service.log()
            _, body = get(sock.getsockname(), "/environment")
            assert manager.name.encode() not in body, body
            assert service.stop() == 0


def refused(wws, sockets, *options):
    with project() as folder, Service(wws, sockets, *options, folder=folder) as service:
        code = service.process.wait(PATIENCE)
        return code, service.log()


def test_what_cannot_be_served_is_refused(wws):
    with tempfile.TemporaryDirectory() as place, listener(place + "/socket", socket.AF_UNIX) as sock:
        code, log = refused(wws, [sock])
        assert code == 2 and "descriptor 3 is a Unix socket" in log, (code, log)
    with high(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        code, log = refused(wws, [sock])
        assert code == 2 and "is not a stream socket" in log, (code, log)
    with listener() as sock:
        for options in (("--port", "0"), ("--host", "::1")):
            code, log = refused(wws, [sock], *options)
            assert code == 2 and f"a socket that listens on 127.0.0.1:{sock.getsockname()[1]}" in log, (code, log)


def test_sockets_for_another_process_are_not_touched(wws):
    with project() as folder, listener() as sock:
        with Service(wws, [sock], "--port", "0", folder=folder, environment={"LISTEN_PID": "1"}) as service:
            port = int(service.line("Start serving requests at").rpartition(":")[2])
            assert port != sock.getsockname()[1]
            assert get(("127.0.0.1", port)) == (200, b"hello")
            assert service.stop() == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
