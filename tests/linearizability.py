#!/usr/bin/env python3
"""Whether what concurrent clients of the key-value store see is linearizable, through two serving processes.

usage: linearizability.py --wws BINARY [--operations N] [NAME...]
--operations: how many in each history. Exit status 77 where there is no Go, in which the checker is written.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from kv_redis import Redis
from robustness import ROOT, Server, children_of, cmdline, run_tests

WORKER = "/kv_history"
CHECKER = ROOT / "build/linearizability/linearizability"
OPERATIONS = None


@contextlib.contextmanager
def file_store():
    with tempfile.TemporaryDirectory(prefix="wws-linearizability-") as folder:
        yield f"file:{folder}"


@contextlib.contextmanager
def redis_server():
    with Redis() as redis:
        yield redis.url()


# What `--kv` names, for as long as a test needs it.
BACKENDS = {
    "memory": lambda: contextlib.nullcontext("memory"),
    "file": file_store,
    "redis": redis_server,
}
# Those that keep everything when the store child is killed.
DURABLE = [name for name in BACKENDS if name != "memory"]


class Store(Server):
    def __init__(self, wws, place):
        super().__init__(wws, "--processes", "2", "--kv", place, "--log-level", "warn", guests=("kv_history",))

    def prepare(self):
        (self.folder / "kv_history.toml").write_text('[data.kv]\nnamespace = "history"\n')

    def store_child(self):
        return next((pid for pid in children_of(self.process.pid) if b"__store" in cmdline(pid)), None)


def cpu_ticks(pid):
    return sum(map(int, pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))


def checked(server, *options, at_quarter=lambda: None, operations=None):
    """Records a history of a server and checks it. What the checker says last."""
    command = [CHECKER, "record", "-operations", str(operations or OPERATIONS), *options, f"127.0.0.1:{server.port}", WORKER]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if line == "quarter\n":
            at_quarter()
    assert process.wait() == 0, "\n".join(lines) + server.log()
    print("  " + "\n  ".join(line for line in lines if line != "quarter"))
    return lines[-1]


def test_what_is_seen_through_two_processes_is_linearizable(wws):
    for name, place in BACKENDS.items():
        with place() as url, Store(wws, url) as server:
            print(f"{name}:")
            before = [cpu_ticks(pid) for pid in server.children()]
            said = checked(server)
            assert " 0 with unknown outcome" in said, said
            after = [cpu_ticks(pid) for pid in server.children()]
            assert len(after) == 2 and all(now > then for now, then in zip(after, before)), "both have served"
            assert server.stop() == 0


def test_it_stays_so_when_the_store_is_killed_in_the_middle(wws):
    for name in DURABLE:
        with BACKENDS[name]() as url, Store(wws, url) as server:
            print(f"{name}, killed three times:")
            killed = []

            def kill():
                child = server.store_child()
                os.kill(child, signal.SIGKILL)
                killed.append(child)

            checked(server, at_quarter=kill)
            assert len(set(killed)) == 3, killed
            assert server.stop() == 0


def verdict(history, folder):
    path = folder / "doctored"
    path.write_text("".join(json.dumps(one) + "\n" for one in history))
    return subprocess.run([CHECKER, "check", path], capture_output=True).returncode


def test_doctored_histories_are_refused(wws):
    """A check that accepts what it should refuse would pass every test above."""
    with tempfile.TemporaryDirectory() as folder, Store(wws, "memory") as server:
        folder = pathlib.Path(folder)
        checked(server, "-output", folder / "history", operations=2000)
        history = [json.loads(line) for line in (folder / "history").read_text().splitlines()]
        assert verdict(history, folder) == 0

        def doctored(place, **changes):
            return [{**one, **changes} if number == place else one for number, one in enumerate(history)]

        def last(kind, has=lambda one: True):
            return max((place for place, one in enumerate(history) if one["kind"] == kind and one["outcome"] == "done"
                        and has(one)), key=lambda place: history[place]["call"])

        def earlier(place):
            """What an operation on the same key read or wrote that had ended a long time before."""
            return next(one for one in history if one["key"] == history[place]["key"] and one.get("version", 0) > 0
                        and one["return"] < history[place]["call"] and one["version"] + 100 < history[place]["version"])

        def of_key(one, kind):
            return [other for other in history if other["key"] == one["key"] and other["kind"] == kind]

        def is_read(one):
            return any(other.get("version") == one["version"] for other in of_key(one, "get"))

        def stays(one):
            """Nothing could have deleted what a read saw, since it was seen before."""
            seen = [other for other in of_key(one, "get") if other.get("version", 0) == one.get("version", 0) > 0]
            first = min(seen, key=lambda other: other["return"], default=one)
            return first["return"] < one["call"] and not any(
                other["return"] > first["call"] and other["call"] < one["return"] for other in of_key(one, "delete"))

        read = last("get", lambda one: one.get("version", 0) > 0)
        kept = last("get", stays)
        added = last("increment")
        swapped = last("swap", is_read)
        for what, changed in {
            "a stale read": doctored(read, version=earlier(read)["version"]),
            "a value that nobody wrote": doctored(read, value=1),
            "a key that is not there": doctored(kept, version=0, value=0),
            "a lost increment": doctored(added, value=history[added].get("value", 0) - history[added]["given"] - 1),
            "a version that was given before": doctored(added, version=earlier(added)["version"]),
            "a swap that had to fail": doctored(swapped, expected=history[swapped]["version"] + 1),
            "a write that is missing": [one for place, one in enumerate(history) if place != swapped],
        }.items():
            assert verdict(changed, folder) == 1, what


def main():
    global OPERATIONS
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("--operations", type=int, default=20000)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    OPERATIONS = arguments.operations
    built = subprocess.run([ROOT / "tests/linearizability/build"], capture_output=True, text=True)
    if built.returncode != 0:
        print(built.stdout + built.stderr)
        return built.returncode
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
