#!/usr/bin/env python3
"""Bodies that pass through the real binary while a guest works.

usage: streaming.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import os
import pathlib
import socket
import sys
import threading
import time

from robustness import Server, receive, run_tests, until

MEBIBYTE = 1 << 20
GIBIBYTE = 1 << 30
MOST_MEMORY = 64 * MEBIBYTE
GUESTS = ("echo_stream", "ticks_stream", "calls")
# Echoes of any size, and for as long as they take.
PATIENT = 'name = "x"\nversion = "1"\n[limits]\noutput = "4GiB"\ncpu_time = "10m"\ntime = "10m"\n'


def serve(wws):
    return Server(wws, "--processes", "1", guests=GUESTS,
                  files={"echo_stream.toml": PATIENT, "ticks_stream.toml": PATIENT})


def send(server, request, *fields, method="GET", version="1.1"):
    """A connection on which this request was sent, and a file to read from it."""
    sock = server.connect()
    sock.sendall("\r\n".join([f"{method} {request} HTTP/{version}", "Host: t", *fields, "", ""]).encode())
    return sock, sock.makefile("rb")


def head_of(reader):
    """Status and fields."""
    status = int(reader.readline().split()[1])
    fields = {}
    while (line := reader.readline()) != b"\r\n":
        name, _, value = line.decode().partition(": ")
        fields[name] = value.strip()
    return status, fields


def chunk_of(reader):
    """The next chunk; b"" is the last one. None: the connection ended before it."""
    size = reader.readline()
    if not size.endswith(b"\r\n"):
        return None
    chunk = reader.read(int(size, 16) + 2)
    return chunk[:-2] if chunk.endswith(b"\r\n") else None


def chunks_of(reader):
    whole = b""
    while chunk := chunk_of(reader):
        whole += chunk
    return whole


def body_of(reader, fields):
    """Of a small answer: by its length, or in chunks where the guest's turn ended before its answer did."""
    return reader.read(int(fields["content-length"])) if "content-length" in fields else chunks_of(reader)


def is_sanitized(wws):
    """AddressSanitizer keeps what is freed for a while: sizes say nothing then."""
    return b"__asan_init" in pathlib.Path(wws).read_bytes()


def memory_of(server):
    """The most that the serving process had of its own so far, in bytes."""
    (pid,) = server.children()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024


def test_events_leave_as_they_are_made(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/ticks_stream")
        with sock:
            status, fields = head_of(reader)
            assert (status, fields["transfer-encoding"]) == (200, "chunked")
            assert "content-length" not in fields
            for _ in range(5):
                assert chunk_of(reader) == b"data: tick\n\n"  # of an answer that never ends
            assert "GET /ticks_stream" not in server.log()  # its access line comes at the end


def test_an_answer_of_events_ends_and_the_connection_serves_on(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/ticks_stream?3")
        with sock:
            assert head_of(reader)[0] == 200
            assert chunks_of(reader) == b"data: tick\n\n" * 3
            sock.sendall(b"GET /ticks_stream?1 HTTP/1.1\r\nHost: t\r\n\r\n")
            assert head_of(reader)[0] == 200
            assert chunks_of(reader) == b"data: tick\n\n"
        until(lambda: '"GET /ticks_stream?3 HTTP/1.1" 200 36 ' in server.log(), "the line of the access log")


def test_a_guest_is_told_that_its_client_left(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/ticks_stream")
        with sock:
            head_of(reader)
            assert chunk_of(reader)
            reader.close()
        until(lambda: "ticks_stream.wasm" in server.log() and "the client left" in server.log(), "its line")


def test_a_guest_that_does_not_listen_is_ended(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/calls", "X-Calls: write begun; sleep 100000000000; log 2")
        with sock:
            assert head_of(reader)[0] == 200
            reader.close()
        sock, reader = send(server, "/calls", "X-Calls: write still here")
        with sock:
            assert head_of(reader)[0] == 200
        assert server.stop() == 0  # it does not wait for a guest that sleeps
        assert "sleep 100000000000 =" not in server.log()


def test_a_gibibyte_passes_through_in_little_memory(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/echo_stream", f"Content-Length: {GIBIBYTE}", method="POST")
        piece = os.urandom(MEBIBYTE)
        with sock:
            sender = threading.Thread(target=lambda: [sock.sendall(piece) for _ in range(GIBIBYTE // MEBIBYTE)])
            sender.start()
            assert head_of(reader)[0] == 200
            received, position = 0, 0
            while chunk := chunk_of(reader):
                end = position + len(chunk)
                assert chunk == (piece[position:end] if end <= MEBIBYTE else piece[position:] + piece[:end - MEBIBYTE])
                received, position = received + len(chunk), end % MEBIBYTE
            sender.join()
        assert received == GIBIBYTE
        assert memory_of(server) < MOST_MEMORY or is_sanitized(wws), memory_of(server)
        print(f"streaming: 1 GiB echoed, {memory_of(server) >> 20} MiB of memory at most (goal 64)")


def test_a_client_that_does_not_read_stops_its_own_sending(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/echo_stream", "Transfer-Encoding: chunked", method="PUT")
        chunk = b"10000\r\n" + b"z" * 65536 + b"\r\n"
        sock.setblocking(False)
        sent, quiet_since = 0, time.monotonic()
        while time.monotonic() - quiet_since < 0.5 and sent < GIBIBYTE:  # until nothing goes any more
            try:
                sent += sock.send(chunk[sent % len(chunk):])
                quiet_since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        assert sent < 64 * MEBIBYTE, "nothing held it back"
        assert memory_of(server) < MOST_MEMORY or is_sanitized(wws), memory_of(server)
        sock.setblocking(True)
        rest = chunk[sent % len(chunk):] if sent % len(chunk) else b""
        writer = threading.Thread(target=lambda: sock.sendall(rest + b"0\r\n\r\n"))
        writer.start()
        assert head_of(reader)[0] == 200
        wanted = (sent + len(rest)) // len(chunk) * 65536
        received = 0
        while piece := chunk_of(reader):
            assert piece.count(b"z") == len(piece)
            received += len(piece)
        assert received == wanted, (received, wanted)
        writer.join()
        sock.close()


def test_a_body_that_is_cut_ends_the_reading(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/echo_stream", "Content-Length: 1000000", method="POST")
        with sock:
            sock.sendall(b"begun")
            assert head_of(reader)[0] == 200
            assert chunk_of(reader) == b"begun"
            reader.close()
        until(lambda: "the body was cut" in server.log(), "the guest's word")


def test_a_body_that_is_no_chunked_body_is_refused(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/echo_stream", "Transfer-Encoding: chunked", method="POST")
        with sock:
            sock.sendall(b"nonsense\r\n")
            assert head_of(reader)[0] == 400
        sock, reader = send(server, "/echo_stream", "Transfer-Encoding: chunked", method="POST")
        with sock:  # after part of the answer all that is left is to break off
            sock.sendall(b"5\r\nbegun\r\n")
            assert head_of(reader)[0] == 200
            assert chunk_of(reader) == b"begun"
            sock.sendall(b"nonsense\r\n")
            try:
                assert chunk_of(reader) is None
            except ConnectionResetError:
                pass


def test_an_answer_that_fails_half_way_is_broken_off(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/ticks_stream?2,trap")
        with sock:
            assert head_of(reader)[0] == 200
            try:
                while chunk := chunk_of(reader):
                    assert chunk == b"data: tick\n\n"
                assert chunk is None, "it looks complete"
            except ConnectionResetError:
                pass
        assert "guest-trap" in server.log()
        assert "unreachable" in server.log()


def test_http_1_0_gets_the_answer_until_the_connection_ends(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/ticks_stream?2", version="1.0")
        with sock:
            status, fields = head_of(reader)
            assert status == 200 and "transfer-encoding" not in fields and fields["connection"] == "close"
            assert reader.read() == b"data: tick\n\n" * 2


def test_head_gets_no_body(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/ticks_stream?2", method="HEAD")
        with sock:
            assert head_of(reader)[0] == 200
            sock.sendall(b"GET /calls HTTP/1.1\r\nHost: t\r\nX-Calls: write next\r\n\r\n")
            status, fields = head_of(reader)
            assert (status, body_of(reader, fields)) == (200, b"next")


def test_an_answer_is_complete_before_its_guest_ends(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/calls", "X-Calls: write done; finish; sleep 2000000000; log 2")
        with sock:
            status, fields = head_of(reader)
            assert (status, body_of(reader, fields)) == (200, b"done")
            assert "sleep 2000000000" not in server.log()
            # The connection's next request is answered after that: the guest may look at this one until it ends.
            sock.sendall(b"GET /calls HTTP/1.1\r\nHost: t\r\nX-Calls: write next\r\n\r\n")
            status, fields = head_of(reader)
            assert (status, body_of(reader, fields)) == (200, b"next")
            until(lambda: "sleep 2000000000 = 0" in server.log(), "the line of the guest")


def test_a_body_that_nobody_reads_ends_the_connection(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/calls", "X-Calls: write no thanks", f"Content-Length: {MEBIBYTE}", method="POST")
        with sock:
            sock.sendall(b"x" * 1000)
            status, fields = head_of(reader)
            assert (status, fields["connection"]) == (200, "close")
            assert reader.read() == b"no thanks"


def test_expect_continue_comes_before_the_body(wws):
    with serve(wws) as server:
        sock, reader = send(server, "/echo_stream", "Content-Length: 4", "Expect: 100-continue", method="POST")
        with sock:
            assert head_of(reader)[0] == 100
            sock.sendall(b"body")
            assert head_of(reader)[0] == 200


def test_many_streams_at_once(wws):
    with serve(wws) as server:
        streams = [send(server, f"/ticks_stream?{5 + number % 7}") for number in range(200)]
        for number, (sock, reader) in enumerate(streams):
            with sock:
                assert head_of(reader)[0] == 200
                assert chunks_of(reader) == b"data: tick\n\n" * (5 + number % 7)
        with server.connect() as sock:
            sock.sendall(b"GET /calls HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
            assert receive(sock)[0] == 200


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
