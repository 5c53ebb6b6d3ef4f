#!/usr/bin/env python3
"""The key-value store in a real Redis, used by the real binary: exact under load, shared by servers, and calm when
Redis is refused, silent, or gone.

usage: kv_redis.py --wws BINARY [--requests N] [NAME...]
--requests: how often the counters are raised under load.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import asyncio
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import kv
from kv import CALLS, COUNT, UNAVAILABLE, Store, assert_exact, ask, load, person_at_work
from robustness import LeftOut, Server, run_tests, until

REQUESTS = None


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Redis:
    """A redis-server on a free port, which writes every change to its disk before it answers."""

    def __init__(self, *options):
        self.temp = tempfile.TemporaryDirectory(prefix="wws-redis-")
        self.port = free_port()
        self.options = options
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.temp.name, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always", *self.options], stdout=subprocess.DEVNULL)
        until(lambda: self.command("PING"), "redis-server (scripts/setup tests installs it)")

    def command(self, *words):
        """What it answers, as it comes; nothing when nobody does."""
        text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        try:
            with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
                sock.sendall(text.encode())
                return sock.recv(65536).decode()
        except OSError:
            return ""

    def url(self, credentials=""):
        return f"redis://{credentials}127.0.0.1:{self.port}"

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.stop()
        self.temp.cleanup()


def served(wws, redis, *options, **keywords):
    return Store(wws, "--kv", redis.url(), *options, **keywords)


def is_back(server, since, limit=1.0):
    until(lambda: server.get(CALLS + "?incr")[0] == 200, "Redis in use again")
    took = time.monotonic() - since
    assert took < limit, f"it took {took:.2f} s"


def test_counters_are_exact_under_load(wws):
    with Redis() as redis, served(wws, redis) as server:
        assert_exact(asyncio.run(load(server.port, CALLS + "?incr", REQUESTS)))
        assert server.count(CALLS + "?get") == REQUESTS
        assert_exact(asyncio.run(load(server.port, COUNT, REQUESTS)))
        assert server.count(COUNT) == REQUESTS + 1
        assert server.stop() == 0


def test_servers_count_one_number(wws):
    with Redis() as redis, served(wws, redis, together=True) as one, served(wws, redis, together=True) as other:
        async def all_at_once():
            return await asyncio.gather(load(one.port, COUNT, REQUESTS // 4, 16), load(other.port, COUNT, REQUESTS // 4, 16),
                                        load(one.port, CALLS + "?incr", REQUESTS // 4, 16),
                                        load(other.port, CALLS + "?incr", REQUESTS // 4, 16))
        assert_exact(sum(asyncio.run(all_at_once()), []))


def test_what_one_server_answered_is_seen_by_the_other(wws):
    with Redis() as redis, served(wws, redis, together=True) as one, served(wws, redis, together=True) as other:
        async def watch():
            raiser = await asyncio.open_connection("127.0.0.1", one.port)
            readers = [await asyncio.open_connection("127.0.0.1", port) for port in (one.port, other.port) * 4]
            for number in range(1, 51):
                assert await ask(*raiser, CALLS + "?incr") == (200, str(number).encode())
                for reader, writer in readers:
                    assert await ask(reader, writer, CALLS + "?get") == (200, str(number).encode())
        asyncio.run(watch())


def test_a_server_starts_without_redis(wws):
    with Redis() as redis:
        redis.stop()
        with served(wws, redis, processes=1) as server:
            assert server.get("/none")[0] == 404
            assert server.get(COUNT)[0] == 503
            assert server.get(CALLS + "?incr") == (503, UNAVAILABLE)
            assert f"Redis: 127.0.0.1:{redis.port} refuses connections" in server.log(), server.log()
            redis.start()
            is_back(server, time.monotonic())
            assert server.count(COUNT) == 1
            assert server.stop() == 0


def test_a_silent_redis_holds_nobody_up_for_long(wws):
    with Redis() as redis, served(wws, redis, processes=1) as server:
        assert server.count(CALLS + "?incr") == 1
        redis.process.send_signal(signal.SIGSTOP)
        since = time.monotonic()
        assert server.get(CALLS + "?incr")[0] != 200
        assert time.monotonic() - since < 2, "the time limit is 250 ms"
        # Later ones are refused at once, and other routes notice nothing.
        until(lambda: server.get(CALLS + "?incr") == (503, UNAVAILABLE), "a refusal")
        since = time.monotonic()
        for _ in range(20):
            assert server.get("/none")[0] == 404
            assert server.get(CALLS + "?incr")[0] == 503
        assert time.monotonic() - since < 2.5, "20 that wait would take 5 s"
        redis.process.send_signal(signal.SIGCONT)
        is_back(server, time.monotonic())
        assert 2 <= server.count(CALLS + "?get") <= 5, "what was unknown was done once, or not"
        assert server.stop() == 0


def test_redis_is_killed_and_comes_back(wws):
    with Redis() as redis, served(wws, redis, processes=2) as server:
        highest = 0
        for _ in range(5):
            highest = max(highest, server.count(CALLS + "?incr"))
            redis.stop()
            until(lambda: server.get(CALLS + "?incr") == (503, UNAVAILABLE), "a refusal")
            redis.start()
            is_back(server, time.monotonic())
            found = server.count(CALLS + "?get")
            assert found > highest, (found, highest)
        assert server.stop() == 0


def test_a_store_child_that_dies_is_replaced(wws):
    with Redis() as redis, served(wws, redis) as server:
        assert server.count(CALLS + "?incr") == 1
        dead = server.store_child()
        os.kill(dead, signal.SIGKILL)
        until(lambda: server.store_child() not in (None, dead), "another store child")
        until(lambda: server.get(CALLS + "?get") == (200, b"1"), "its answers")
        assert server.stop() == 0


def test_routes_without_a_namespace_have_no_store(wws):
    with Redis() as redis, Server(wws, "--kv", redis.url(), "--processes", "1", guests=("kv_count",)) as server:
        assert server.get(COUNT) == (200, b"1")
        assert redis.command("DBSIZE") == ":0\r\n"


def test_names_are_found_by_a_confined_child(wws):
    with Redis() as redis, Store(wws, "--kv", f"redis://localhost:{redis.port}/3?prefix=shop", "--hardening",
                                 "on", processes=1) as server:
        until(lambda: server.get(CALLS + "?incr")[0] == 200, "localhost")
        assert "keys=" in redis.command("INFO", "keyspace").split("db3:")[1]


class Names:
    """A DNS server on port 53 of an address of its own, which knows one name."""
    ADDRESS, NAME = "127.0.0.153", "redis.example"

    def __init__(self):
        self.asked = set()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.ADDRESS, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(512)
            labels, place = [], 12
            while query[place]:
                labels.append(query[place + 1:place + 1 + query[place]].decode())
                place += 1 + query[place]
            question, kind = query[12:place + 5], int.from_bytes(query[place + 1:place + 3])
            name = ".".join(labels).lower()
            self.asked.add(name)
            is_known, has_address = name == self.NAME, name == self.NAME and kind == 1
            flags = b"\x81\x80" if is_known else b"\x81\x83"  # no such name
            head = query[:2] + flags + b"\0\1" + (b"\0\1" if has_address else b"\0\0") + b"\0\0\0\0"
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("127.0.0.1")
            self.socket.sendto(head + question + (record if has_address else b""), client)


def ask_only(address, folder):
    """For a process of its own: /etc/resolv.conf names this DNS server, for it and its children alone."""
    new_mounts, private, recursive, bind = 0x20000, 0x40000, 0x4000, 0x1000  # unshare(2), mount(2)
    conf = folder / "resolv.conf"
    conf.write_text(f"nameserver {address}\noptions timeout:5 attempts:1\n")
    libc = ctypes.CDLL(None, use_errno=True)

    def begin():
        for done in (libc.unshare(new_mounts), libc.mount(None, b"/", None, recursive | private, None),
                     libc.mount(bytes(conf), b"/etc/resolv.conf", None, bind, None)):
            assert done == 0, os.strerror(ctypes.get_errno())
    return begin


def test_names_of_dns_are_found_by_a_confined_child(wws):
    if os.geteuid() != 0:
        raise LeftOut("it takes root to listen on port 53 and to have an /etc/resolv.conf of one's own")
    names = Names()
    with Redis() as redis, tempfile.TemporaryDirectory() as folder:
        begin = ask_only(names.ADDRESS, pathlib.Path(folder))
        with Store(wws, "--kv", f"redis://{names.NAME}:{redis.port}", "--hardening", "on", processes=1,
                   before=begin) as server:
            until(lambda: server.get(CALLS + "?incr")[0] == 200, names.NAME)
            assert names.NAME in names.asked
        with Store(wws, "--kv", f"redis://none.example:{redis.port}", processes=1, before=begin) as server:
            assert server.get(CALLS + "?incr")[1].startswith(UNAVAILABLE)
            until(lambda: "none.example" in names.asked, "a question")


def test_people_reach_redis_with_and_without_a_server(wws):
    with Redis() as redis:
        class Configured(Store):
            def prepare(self):
                super().prepare()
                (self.folder / "wws.toml").write_text(f'[kv]\nplace = "{redis.url()}"\n')
        with Configured(wws) as server:
            assert server.count(CALLS + "?incr") == 1
            person_at_work(wws, server, is_served=True)
            assert server.stop() == 0
            person_at_work(wws, server, is_served=False)
            assert kv.kv(wws, server, "list", "none") == b"", "an empty namespace is none"


def said(wws, *arguments, status=1, cwd=None):
    done = subprocess.run([wws, "kv", "list", *arguments], capture_output=True, text=True, cwd=cwd, timeout=60)
    assert done.returncode == status, (arguments, done)
    return done.stderr


def test_people_are_told_why_redis_cannot_be_used(wws):
    with tempfile.TemporaryDirectory() as empty, Redis("--requirepass", "secret") as redis:
        def told(url, **keywords):
            return said(wws, "--kv", url, cwd=empty, **keywords)
        assert "refuses connections" in told(f"redis://127.0.0.1:{free_port()}")
        assert "wants a password" in told(redis.url())
        wrong = told(redis.url(":guess@"))
        assert "refuses the user or the password" in wrong and "guess" not in wrong, wrong
        assert told(redis.url(":secret@"), status=0) == ""
        with Redis("--replicaof", f"127.0.0.1 {redis.port}", "--masterauth", "secret") as replica:
            assert "is a replica, not a primary" in told(replica.url())
        redis.process.send_signal(signal.SIGSTOP)
        assert "does not answer" in told(redis.url(":secret@"))
        redis.process.send_signal(signal.SIGCONT)
    with tempfile.TemporaryDirectory() as project:
        path = os.path.join(project, "wws.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('[kv]\nplace = "redis://:secret@host:0"\n')
        done = subprocess.run([wws, "check", project], capture_output=True, text=True)
        told = done.stdout + done.stderr
        assert 'wws.toml:2:9: error: the Redis URL has a port that is none: "host:0"' in told, told
        assert done.returncode == 2, done



def main():
    global REQUESTS
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    REQUESTS = arguments.requests
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
