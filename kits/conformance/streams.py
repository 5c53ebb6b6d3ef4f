#!/usr/bin/env python3
"""What text cases cannot show of a kit's conformance worker: when things arrive, and what differs.

usage: streams.py --wws BINARY --guests FOLDER [--mebibytes N] [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import os
import pathlib
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tests"))
from robustness import Server, run_tests, until  # noqa: E402
from streaming import MEBIBYTE, MOST_MEMORY, chunk_of, chunks_of, head_of, is_sanitized, memory_of, send  # noqa: E402

LARGE = 64  # mebibytes
CONFIGURATION = """
name = "kit"
version = "1"
snapshot = {}
[vars]
greeting = "{}"
[limits]
output = "4GiB"
cpu_time = "10m"
time = "10m"
"""


class Kit(Server):
    """The worker at /kit."""

    def __init__(self, wws, module, snapshot="true", greeting="good day"):
        self.module, self.text = module, CONFIGURATION.format(snapshot, greeting)
        super().__init__(wws, "--processes", "1")

    def prepare(self):
        folder = self.folder / "kit"
        folder.mkdir()
        shutil.copy(self.module, folder / "[...path].wasm")
        (folder / "[...path].toml").write_text(self.text)

    def body(self, path):
        status, body = self.get(path)
        assert status == 200, (path, status, self.log())
        return body


def exports_of(module):
    """The names in the export section of a WebAssembly module."""
    data = module.read_bytes()

    def number(at):
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value, at

    at, names = 8, []
    while at < len(data):
        section = data[at]
        size, at = number(at + 1)
        if section == 7:
            count, place = number(at)
            for _ in range(count):
                length, place = number(place)
                names.append(data[place:place + length].decode())
                _, place = number(place + length + 1)
        at += size
    return names


def test_the_module_is_a_reactor(_, module):
    names = exports_of(module)
    assert {"memory", "_initialize", "wws_handle"} <= set(names), names
    assert "_start" not in names, names


def time_between_events(server):
    """From the first to the second of three."""
    sock, reader = send(server, "/kit/events")
    with sock:
        status, fields = head_of(reader)
        assert status == 200 and fields["content-type"].startswith("text/event-stream"), fields
        assert chunk_of(reader) == b"data: 1\n\n"
        first = time.monotonic()
        assert chunk_of(reader) == b"data: 2\n\n"
        took = time.monotonic() - first
        assert chunks_of(reader) == b"data: 3\n\n"
    return took


def test_events_arrive_as_they_are_made(wws, module):
    with Kit(wws, module) as server:
        # A client that gets no turn finds two where they were made apart; where they are sent together it always does.
        assert any(time_between_events(server) > 0.05 for _ in range(10)), "they came together"


def test_the_worker_is_told_that_the_client_left(wws, module):
    with Kit(wws, module) as server:
        sock, reader = send(server, "/kit/forever")
        with sock:
            assert head_of(reader)[0] == 200
            assert chunk_of(reader).startswith(b"tick\n")
            reader.close()
        until(lambda: "the client left" in server.log(), "the line of the worker")


def test_echo_answers_before_the_body_has_ended(wws, module):
    with Kit(wws, module) as server:
        sock, reader = send(server, "/kit/echo", "Transfer-Encoding: chunked", method="POST")
        with sock:
            sock.sendall(b"5\r\nbegun\r\n")
            assert head_of(reader)[0] == 200
            assert chunk_of(reader) == b"begun"
            sock.sendall(b"3\r\nend\r\n0\r\n\r\n")
            assert chunks_of(reader) == b"end"


def test_a_large_body_passes_through_in_little_memory(wws, module):
    with Kit(wws, module) as server:
        size = LARGE * MEBIBYTE
        sock, reader = send(server, "/kit/echo", f"Content-Length: {size}", method="POST")
        piece = os.urandom(MEBIBYTE)
        with sock:
            sender = threading.Thread(target=lambda: [sock.sendall(piece) for _ in range(size // MEBIBYTE)])
            sender.start()
            assert head_of(reader)[0] == 200
            received = b""
            count = 0
            while chunk := chunk_of(reader):
                received += chunk
                while len(received) >= MEBIBYTE:
                    assert received[:MEBIBYTE] == piece
                    received, count = received[MEBIBYTE:], count + 1
            sender.join()
            assert (count, received) == (LARGE, b"")
        assert memory_of(server) < MOST_MEMORY or is_sanitized(wws), memory_of(server)
        print(f"streams: {LARGE} MiB echoed, {memory_of(server) >> 20} MiB of memory at most (goal 64)")


def time_of_sleeps(server, count):
    began = time.monotonic()
    assert server.body(f"/kit/sleep?ms=200&count={count}") == f"slept {count}".encode()
    return time.monotonic() - began


def test_sleeps_overlap(wws, module):
    with Kit(wws, module) as server:
        assert server.body("/kit/sleep?ms=1&count=1") == b"slept 1"  # what is done once is done
        one, hundred = (time_of_sleeps(server, count) for count in (1, 100))
        assert one >= 0.2 and hundred >= 0.2, (one, hundred)
        assert hundred < 20 * one, (one, hundred)  # one after another they take a hundred times as long
        print(f"streams: 100 sleeps of 200 ms in {hundred * 1000:.0f} ms, one in {one * 1000:.0f} ms")


def test_random_numbers_are_each_request_s_own(wws, module):
    for snapshot in ("true", "false"):
        with Kit(wws, module, snapshot) as server:
            for path in ("/kit/random", "/kit/seed"):
                drawn = {server.body(path) for _ in range(20)}
                assert len(drawn) >= 19, (path, drawn)


def test_every_start_has_its_own_variables(wws, module):
    for snapshot, greeting in (("true", "good day"), ("true", "good night"), ("false", "good evening")):
        with Kit(wws, module, snapshot, greeting) as server:
            assert server.body("/kit/init") == b"1 " + greeting.encode()


def main():
    global LARGE
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--guests", required=True, type=pathlib.Path)
    parser.add_argument("--mebibytes", type=int, default=LARGE, help="size of the large body")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    LARGE = arguments.mebibytes
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws), arguments.guests / "kit.wasm")


if __name__ == "__main__":
    sys.exit(main())
