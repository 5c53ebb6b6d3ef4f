#!/usr/bin/env python3
"""A log that nobody reads, a full disk, a closed terminal: the real binary serves all the same.

usage: log_output.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import array
import fcntl
import os
import pathlib
import pty
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import termios

from robustness import GUESTS, PATIENCE, receive, run_tests, until

LONG = "x" * 8000  # a path; its access line is as long


class Quiet:
    """A server whose standard streams are the caller's."""

    def __init__(self, wws, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, copies=0, **more):
        self.temp = tempfile.TemporaryDirectory(prefix="wws-log-")
        shutil.copy(GUESTS / "hello.wasm", self.temp.name)
        for number in range(copies):
            os.link(pathlib.Path(self.temp.name) / "hello.wasm",
                    pathlib.Path(self.temp.name) / f"{number:03}{'x' * 200}.wasm")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([wws, "--port", str(self.port), "--processes", "1", self.temp.name],
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


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
