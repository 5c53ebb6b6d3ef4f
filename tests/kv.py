#!/usr/bin/env python3
"""The key-value store of the real binary: exact under load, durable over kills, seen by every process.

usage: kv.py --wws BINARY [--requests N] [--cycles N] [NAME...]
--requests: how often the counters are raised under load. --cycles: how often the server is killed.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import asyncio
import errno
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

from robustness import GUESTS, Server, ask_admin, children_of, cmdline, run_tests, until

COUNT, CALLS = "/kv_count", "/kv_calls"
UNAVAILABLE = b"-9"  # docs/abi.md
CONNECTIONS = 64
REQUESTS = CYCLES = None


class Store(Server):
    """A server whose two workers count, each in a namespace of its own. `store`: the folder of the store."""

    def __init__(self, wws, *options, store=None, processes=2, together=False, **more):
        self.together = together
        where = ("--kv", f"file:{store}") if store else ()
        super().__init__(wws, "--processes", str(processes), "--log-level", "warn", *where, *options,
                         guests=("kv_count", "kv_calls"), **more)

    def prepare(self):
        for name in ("kv_count", "kv_calls"):
            space = "one" if self.together else name
            (self.folder / f"{name}.toml").write_text(f'[data.kv]\nnamespace = "{space}"\n')

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        # Killed, its children end by themselves, a moment later: until then they write to the store.
        until(lambda: not is_group_alive(self.process.pid), "the end of all children")
        super().__exit__()

    def store_child(self):
        return next((pid for pid in children_of(self.process.pid) if b"__store" in cmdline(pid)), None)

    def count(self, path):
        status, body = self.get(path)
        assert status == 200, (path, status, body, self.log())
        return int(body)


def is_group_alive(group):
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rsplit(")", 1)[1].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


async def ask(reader, writer, path):
    writer.write(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split()[1]), await reader.readexactly(length)


async def load(port, path, requests, connections=CONNECTIONS):
    """Asks so many times over several connections. All answers."""
    left = iter(range(requests))
    answers = []

    async def client():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            answers.append(await ask(reader, writer, path))
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return answers


def assert_exact(answers, first=1):
    """Every number once: nothing was lost, nothing counted twice."""
    assert {status for status, _ in answers} == {200}, [answer for answer in answers if answer[0] != 200][:3]
    numbers = sorted(int(body) for _, body in answers)
    assert numbers == list(range(first, first + len(answers))), (numbers[:5], numbers[-5:], len(answers))


def test_a_native_counter_is_exact_under_load(wws):
    for options in ((), ("--kv", "memory")):
        with Store(wws, *options) as server:
            assert_exact(asyncio.run(load(server.port, CALLS + "?incr", REQUESTS)))
            assert server.count(CALLS + "?get") == REQUESTS
            assert server.stop() == 0


def test_a_json_counter_is_exact_under_load(wws):
    for options in ((), ("--kv", "memory")):
        with Store(wws, *options) as server:
            assert_exact(asyncio.run(load(server.port, COUNT, REQUESTS)))
            assert server.count(COUNT) == REQUESTS + 1
            assert server.stop() == 0


def test_a_json_counter_is_exact_beside_requests_that_come_to_nothing(wws):
    """Clients that leave while theirs waits for its turn or has it, runs that fail, and a native worker's writes between
    two turns: who has an answer has a number of its own, and nobody counts twice."""
    async def leave(port, requests):
        for number in range(requests):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {COUNT} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            await writer.drain()
            for _ in range(number % 8):  # turns of this loop, in which others are answered
                await asyncio.sleep(0)
            writer.close()

    async def all_of_them(port, requests):
        answers, *_ = await asyncio.gather(load(port, COUNT, requests, 24),
                                           *(leave(port, requests // 8) for _ in range(4)),
                                           load(port, COUNT + "?fail=1", requests // 8, 2),
                                           load(port, COUNT + "?trap=1", requests // 8, 2),
                                           load(port, CALLS + "?put=other", requests // 8, 1))
        return answers

    with Store(wws, together=True) as server:
        answers = asyncio.run(all_of_them(server.port, REQUESTS))
        numbers = {int(body) for status, body in answers if status == 200}
        assert len(numbers) == len(answers) == REQUESTS, (len(numbers), len(answers))
        in_all = REQUESTS + REQUESTS // 8 * 4
        assert REQUESTS < server.count(COUNT) <= in_all + 1
        assert server.stop() == 0


class Noting(Store):
    def prepare(self):
        super().prepare()
        (self.folder / "notes").mkdir()
        with open(self.folder / "kv_count.toml", "a") as toml:
            toml.write('[[folders]]\nfrom = "notes"\nto = "/notes"\nmode = "rw"\n')


def test_what_cannot_be_taken_back_is_not_run_again(wws):
    """Workers that may write files have their turns one after the other: each run counts, and none is for nothing."""
    with Noting(wws) as server:
        assert_exact(asyncio.run(load(server.port, COUNT + "?note=1", 400, 32)))
        assert (server.folder / "notes/log").read_text().split() == [str(number) for number in range(1, 401)]
        assert server.stop() == 0


def test_both_abis_count_the_same_number(wws):
    with Store(wws, together=True) as server:
        async def both():
            return await asyncio.gather(load(server.port, COUNT, REQUESTS // 4, 16),
                                        load(server.port, CALLS + "?incr", REQUESTS // 4, 16))
        one, other = asyncio.run(both())
        assert_exact(one + other)
        assert server.stop() == 0


def test_what_was_answered_is_seen_by_every_process(wws):
    with Store(wws, processes=2) as server:
        async def watch():
            clients = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(16)]
            for _ in range(50):
                status, raised = await ask(*random.choice(clients), CALLS + "?incr")
                assert status == 200
                for reader, writer in clients:
                    assert await ask(reader, writer, CALLS + "?get") == (200, raised)
        asyncio.run(watch())
        assert server.stop() == 0


def misses(admin):
    """How many reads the store child was asked for."""
    text = ask_admin(admin, "/metrics")
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith('wws_kv_cache_lookups_total{result="miss"}')))


def test_what_is_shared_is_read_without_asking(wws):
    """Also what another process wrote just now, and what was there before the store child."""
    clients, rounds = 16, 20
    with tempfile.TemporaryDirectory() as folder, Store(wws, "--admin", f"unix:{folder}/admin", processes=2) as server:
        async def all_read(expected, write):
            """Whether each client, once or with a write before it in every round, reads what is expected."""
            connections = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(clients)]
            for _ in range(rounds):
                for connection in connections:
                    if write:
                        expected = await ask(*connection, CALLS + "?incr")
                    for reader in random.sample(connections, 2):
                        if await ask(*reader, CALLS + "?get") != expected:
                            return False
            return expected

        def all_read_without_asking(expected):
            before = misses(f"{folder}/admin")
            return asyncio.run(all_read(expected, False)) and misses(f"{folder}/admin") == before

        written = asyncio.run(all_read(None, True))
        assert written == (200, b"%d" % (clients * rounds)), written
        assert misses(f"{folder}/admin") == 0
        old = server.store_child()
        os.kill(old, signal.SIGKILL)
        until(lambda: server.store_child() not in (None, old), "another store child")
        until(lambda: all_read_without_asking(written), "both processes and what was there before")
        assert server.stop() == 0


def test_numbers_stay_over_a_restart(wws):
    with tempfile.TemporaryDirectory() as store:
        for number in range(1, 4):
            with Store(wws, store=store) as server:
                assert server.count(COUNT) == number
                assert server.count(CALLS + "?incr") == number
                assert server.stop() == 0
    with Store(wws) as server:
        assert server.count(COUNT) == 1
        assert (server.folder / ".wws/kv").is_dir()


def test_memory_forgets(wws):
    with Store(wws, "--kv", "memory") as server:
        assert server.count(COUNT) == 1
        assert not (server.folder / ".wws").exists()


def test_a_run_that_fails_changes_nothing(wws):
    with Store(wws) as server:
        assert server.count(COUNT) == 1
        assert server.get(COUNT + "?fail=1")[0] == 500
        assert server.get(COUNT + "?trap=1")[0] == 500
        assert server.count(COUNT) == 2
        assert server.count(COUNT + "?reset=1") == 0
        assert server.count(COUNT) == 1, "keys that are left out are deleted"


def test_a_worker_without_a_namespace_has_no_store(wws):
    with Server(wws, "--processes", "1", guests=("kv_count", "kv_calls")) as server:
        assert server.get(CALLS + "?get") == (503, b"-5")
        assert server.get(COUNT) == (200, b"1")
        assert server.get(COUNT) == (200, b"1")
        assert not [pid for pid in children_of(server.process.pid) if b"__store" in cmdline(pid)]
        assert not (server.folder / ".wws").exists()


def test_a_store_child_that_dies_is_replaced_and_loses_nothing(wws):
    with Store(wws, processes=2) as server:
        assert server.count(CALLS + "?incr") == 1
        dead = server.store_child()
        os.kill(dead, signal.SIGKILL)
        until(lambda: server.store_child() not in (None, dead), "another store child")
        until(lambda: server.get(CALLS + "?get") == (200, b"1"), "its answers")
        until(lambda: server.get(COUNT)[0] == 200, "its map")
        assert "store child 1" in server.log(), server.log()
        assert server.stop() == 0


def test_routes_without_a_store_do_not_notice(wws):
    with Store(wws, processes=1) as server:
        # Stopped, it answers nobody, and holds nobody up who does not ask.
        os.kill(server.store_child(), signal.SIGSTOP)
        assert server.get("/none")[0] == 404
        os.kill(server.store_child(), signal.SIGCONT)
        until(lambda: server.get(COUNT)[0] == 200, "its map")


def cpu_ticks(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_a_store_that_nobody_asks_sleeps(wws):
    """Its loop turned for ever, since each turn set the timer that ended the next one."""
    with Store(wws, processes=1) as server:
        assert server.count(CALLS + "?incr") == 1
        serving, child = server.children()[0], server.store_child()
        before = cpu_ticks(serving), cpu_ticks(child)
        while cpu_ticks(serving) < before[0] + 20:
            asyncio.run(load(server.port, CALLS + "?none", 200, 4))
        assert cpu_ticks(child) - before[1] <= 4, (before, cpu_ticks(serving), cpu_ticks(child))


def test_a_second_server_on_the_same_store_is_told(wws):
    with tempfile.TemporaryDirectory() as store:
        with Store(wws, store=store):
            try:
                with Store(wws, store=store):
                    raise RuntimeError("two servers have one store")
            except AssertionError as error:
                assert "store" in str(error) and store in str(error), error


def test_a_project_that_cannot_be_written_to_keeps_in_memory(wws):
    class ReadOnly(Store):
        def prepare(self):
            super().prepare()
            (self.folder / ".wws").write_text("in the way")
    with ReadOnly(wws) as server:
        assert server.count(COUNT) == 1
        assert ".wws/kv: Not a directory: what workers keep in the key-value store is lost" in server.log(), server.log()


SMALL_DISK = """#!/bin/sh
exec unshare --mount sh -c 'mount -t tmpfs -o size=24m none "$0" && exec "$@"' {folder} {wws} "$@"
"""


def test_a_disk_that_is_full_loses_nothing_and_heals(wws):
    """A small disk that only the server sees; through /proc it is filled, and gets room again."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", folder]
        if not shutil.which("unshare") or subprocess.run(mount, capture_output=True).returncode != 0:
            print("a_disk_that_is_full_loses_nothing_and_heals: left out, there is no right to mount a file system")
            return
        small = pathlib.Path(folder + ".wws")
        small.write_text(SMALL_DISK.format(folder=folder, wws=wws))
        small.chmod(0o700)
        try:
            with OnSmallDisk(small, "--kv", f"file:{folder}/kv", processes=1) as server:
                fills_and_heals(server, pathlib.Path(f"/proc/{server.process.pid}/root{folder}/filling"))
        finally:
            small.unlink()


class OnSmallDisk(Store):
    def prepare(self):
        shutil.copy(GUESTS / "kv_history.wasm", self.folder)
        (self.folder / "kv_history.toml").write_text('[data.kv]\nnamespace = "one"\n')

    def do(self, operation, key, given=0):
        """Status and answer of an operation: version and value, or the error's number."""
        return self.get(f"/kv_history?op={operation}&key={key}&given={given}")

    def value(self, key):
        """Of a key, as soon as the process that is asked has a store child: each has its own link to a new one."""
        answers = []

        def ask():
            answers.append(self.do("get", key))
            return answers[-1] != (409, UNAVAILABLE)

        until(ask, "a store")
        status, answer = answers[-1]
        assert status == 200, (key, status, answer, self.log())
        version, value = map(int, answer.split())
        return value if version else None


def fills_and_heals(server, filling):
    put = {}
    for number in range(100):
        assert server.do("put", f"k{number}", number)[0] == 200, server.log()
        put[f"k{number}"] = number
    with open(filling, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError as error:
            assert error.errno == errno.ENOSPC, error
    # What the log has room for is still taken.
    for number in range(100, 100_000):
        status, answer = server.do("put", f"k{number}", number)
        if status != 200:
            break
        put[f"k{number}"] = number
    assert (status, answer) == (409, b"-17"), (status, answer, server.log())
    assert server.do("increment", "k7", 1) == (409, b"-17")
    assert "kv: the disk is full; until it has 8 MiB, keys can only be deleted" in server.log(), server.log()

    def assert_nothing_is_lost():
        assert {key: server.value(key) for key in put} == put
        assert server.value(f"k{number}") is None

    assert_nothing_is_lost()
    for key in list(put)[20:60]:
        status, answer = server.do("delete", key)
        assert status == 200, (key, answer, server.log())
        del put[key]
    assert_nothing_is_lost()
    # A store that begins on a full disk has all of it too.
    dead = server.store_child()
    os.kill(dead, signal.SIGKILL)
    until(lambda: server.store_child() not in (None, dead), "another store child")
    until(lambda: server.do("get", "k0")[0] == 200, "its answers")
    assert_nothing_is_lost()
    assert server.do("put", "k7", 1) == (409, b"-17")
    filling.unlink()
    until(lambda: server.do("put", "k7", 8)[0] == 200, "room for writes")
    put["k7"] = 8
    assert server.do("increment", "k8", 1)[0] == 200
    put["k8"] = 9
    assert_nothing_is_lost()
    assert server.stop() == 0


def kv(wws, server, *arguments, given=b"", status=0):
    """What `wws kv` prints for the project of a server."""
    done = subprocess.run([wws, "kv", *arguments, "--project", str(server.folder)], input=given, capture_output=True)
    assert done.returncode == status, (arguments, done)
    return done.stdout if status == 0 else done.stderr.decode()


def person_at_work(wws, server, is_served):
    """The same with and without a server."""
    binary = bytes(range(256))
    assert b"kv_calls\t" in kv(wws, server, "list")
    kv(wws, server, "put", "notes", "a", "text", "--metadata", '{"n": [1]}')
    kv(wws, server, "put", "notes", "b", "-", given=binary)
    kv(wws, server, "put", "notes", "c", "soon gone", "--ttl", "60m")
    assert kv(wws, server, "get", "notes", "b") == binary
    assert kv(wws, server, "list", "notes") == b'a\t{"n": [1]}\nb\nc\n'
    assert kv(wws, server, "list", "notes", "--prefix", "b") == b"b\n"
    assert "notes has no key none" in kv(wws, server, "get", "notes", "none", status=1)
    exported = kv(wws, server, "export", "notes")
    assert exported.count(b"\n") == 3 and b'"expires":' in exported and b"value_base64" in exported, exported
    assert exported.count(b'"metadata":"{\\"n\\": [1]}"') == 1, exported
    assert "this is no JSON" in kv(wws, server, "put", "notes", "a", "text", "--metadata", "{n}", status=2)
    assert "metadata-too-large" in kv(wws, server, "put", "notes", "a", "text", "--metadata", '"' + "m" * 1024 + '"', status=1)
    for key in "abc":
        kv(wws, server, "delete", "notes", key)
    assert kv(wws, server, "list", "notes") == b""
    assert "notes has no key a" in kv(wws, server, "delete", "notes", "a", status=1)
    kv(wws, server, "import", given=exported)
    assert kv(wws, server, "export", "notes").splitlines()[:2] == exported.splitlines()[:2]
    assert "line 2: " in kv(wws, server, "import", given=exported.splitlines()[0] + b"\nno json\n", status=2)
    kv(wws, server, "put", "kv_calls", "counter", "41")
    if is_served:
        assert server.count(CALLS + "?incr") == 42, "a worker sees it"
        assert kv(wws, server, "get", "kv_calls", "counter") == b"42"


def test_people_reach_the_store_with_and_without_a_server(wws):
    with Store(wws) as server:
        assert server.count(CALLS + "?incr") == 1
        assert (server.folder / ".wws/kv/socket").stat().st_mode & 0o777 == 0o600
        person_at_work(wws, server, is_served=True)
        assert server.stop() == 0
        person_at_work(wws, server, is_served=False)


def test_people_are_told_what_there_is_not(wws):
    with tempfile.TemporaryDirectory() as empty:
        def said(*arguments, status):
            done = subprocess.run([wws, "kv", *arguments], cwd=empty, capture_output=True, text=True)
            assert done.returncode == status, (arguments, done)
            return done.stdout + done.stderr
        assert "there is no key-value store" in said("list", status=1)
        assert "there is no action lst" in said("lst", status=2)
        assert "NAMESPACE is required" in said("get", status=2)
        assert "a store in memory is in its server" in said("list", "--kv", "memory", status=2)
        assert "Actions" in said("--help", status=0)


def test_no_acknowledged_write_is_lost_when_all_are_killed(wws):
    survives_kills(wws, lambda server: os.killpg(server.process.pid, signal.SIGKILL))


def test_no_acknowledged_write_is_lost_when_the_store_child_is_killed(wws):
    survives_kills(wws, lambda server: os.kill(server.store_child(), signal.SIGKILL))


def survives_kills(wws, kill):
    seed = random.randrange(1 << 30)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as store:
        count = 0
        for cycle in range(CYCLES):
            with Store(wws, store=store, processes=1) as server:
                until(lambda: server.get(CALLS + "?get")[0] in (200, 503), "an answer")
                now = server.get(CALLS + "?get")
                found = int(now[1]) if now[0] == 200 else 0
                assert found >= count, f"{count - found} acknowledged increments are lost (cycle {cycle}, seed {seed})"
                count = max(found, asyncio.run(raise_until_killed(server, kill, dice.uniform(0.0, 0.05))))


async def raise_until_killed(server, kill, after):
    """Raises the counter over 8 connections until the kill. The highest number that was acknowledged."""
    highest = 0
    is_over = False

    async def client():
        nonlocal highest
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            while not is_over:
                status, body = await ask(reader, writer, CALLS + "?incr")
                if status == 200:
                    highest = max(highest, int(body))
        except (OSError, asyncio.IncompleteReadError):
            pass

    clients = [asyncio.create_task(client()) for _ in range(8)]
    await asyncio.sleep(after)
    kill(server)
    is_over = True
    await asyncio.wait(clients, timeout=10)
    return highest


def main():
    global REQUESTS, CYCLES
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    REQUESTS, CYCLES = arguments.requests, arguments.cycles
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
