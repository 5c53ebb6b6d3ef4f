#!/usr/bin/env python3
"""A cache of compiled modules that cannot be used, or not any more: the real binary serves all the same.

usage: module_cache.py --wws BINARY [NAME...]
Some need a file system of their own, which only root can mount; they say so where they are left out.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

from robustness import GUESTS as GUEST_FILES
from robustness import Server, run_tests

NOT_KEPT = "compiled modules are not kept for the next start"
GUESTS = ("hello", "echo", "sleep")


class NoMount(Exception):
    pass


@contextlib.contextmanager
def mounted(options):
    """A folder that is a file system of its own."""
    with tempfile.TemporaryDirectory(prefix="wws-cache-") as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options + ",mode=700", "none", folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise NoMount(done.stderr)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def needs_mount(test):
    def run(wws):
        try:
            test(wws)
        except NoMount as error:
            print(f"{test.__name__[5:]} left out: {error}".strip())
    return run


def serves(server, warnings):
    """Every worker answers, and the log has so many lines about the cache."""
    for guest in GUESTS:
        assert server.get(f"/{guest}?ms=1")[0] == 200, server.log()
    assert server.log().count(NOT_KEPT) == warnings, server.log()
    assert server.stop() == 0


def entries(folder):
    """But for the one that tells which of the others were verified."""
    return [path.name for path in pathlib.Path(folder).rglob("*") if path.is_file() and path.name != "verified"]


@needs_mount
def test_a_full_folder_fails_no_worker(wws):
    with mounted("size=64k") as cache:
        with Server(wws, "--processes", "1", guests=GUESTS, cache=cache) as server:
            serves(server, warnings=1)
        assert not [name for name in entries(cache) if name.startswith("unfinished-")], entries(cache)


@needs_mount
def test_a_folder_that_can_only_be_read_is_read(wws):
    with mounted("size=64m") as cache:
        with Server(wws, "--processes", "1", guests=["hello", "sleep"], cache=cache) as server:
            for guest in ("hello", "sleep?ms=1"):
                assert server.get("/" + guest)[0] == 200
            assert server.stop() == 0
        before = entries(cache)
        assert len(before) == 2, before
        subprocess.run(["mount", "-o", "remount,ro", cache], check=True)
        with Server(wws, "--processes", "1", guests=["hello", "sleep"], cache=cache) as server:
            assert server.get("/hello")[0] == 200
            assert NOT_KEPT not in server.log() and "compiling" not in server.log(), server.log()
        with Server(wws, "--processes", "1", guests=GUESTS, cache=cache) as server:
            serves(server, warnings=1)
            assert "compiling 1 of 3 modules" in server.log(), server.log()
        assert entries(cache) == before


@needs_mount
def test_what_check_compiled_is_served_from_a_read_only_folder(wws):
    """As images do that run `wws check` when they are built (docs/kubernetes.md)."""
    with mounted("size=64m") as cache, tempfile.TemporaryDirectory() as folder:
        shutil.copy(GUEST_FILES / "hello.wasm", folder)
        subprocess.run([wws, "check", folder], env=dict(os.environ, XDG_CACHE_HOME=cache), stdout=subprocess.DEVNULL,
                       check=True, timeout=180)
        assert len(entries(cache)) == 1, entries(cache)
        subprocess.run(["mount", "-o", "remount,ro", cache], check=True)
        with Server(wws, "--processes", "1", guests=["hello"], cache=cache) as server:
            assert server.get("/hello")[0] == 200
            assert NOT_KEPT not in server.log() and "compiling" not in server.log(), server.log()


@needs_mount
def test_a_folder_whose_code_may_not_be_executed_is_not_used(wws):
    with mounted("size=64m,noexec") as cache:
        with Server(wws, "--processes", "1", guests=GUESTS, cache=cache) as server:
            serves(server, warnings=1)
            assert "noexec" in server.log(), server.log()
        assert not entries(cache), entries(cache)


def test_a_folder_below_one_that_others_may_write_to_is_not_used(wws):
    with tempfile.TemporaryDirectory(prefix="wws-cache-") as cache:
        os.chmod(cache, 0o777)
        with Server(wws, "--processes", "1", guests=GUESTS, cache=cache) as server:
            serves(server, warnings=1)
        assert not entries(cache), entries(cache)


def test_without_a_home_nothing_is_kept(wws):
    variables = {name: os.environ.pop(name, None) for name in ("HOME", "XDG_CACHE_HOME")}
    try:
        with Server(wws, "--processes", "1", guests=GUESTS) as server:
            serves(server, warnings=1)
            assert "--cache" in server.log(), server.log()
        assert not pathlib.Path(f"/tmp/wws-{os.geteuid()}").exists()
    finally:
        os.environ.update({name: value for name, value in variables.items() if value is not None})


def test_what_is_kept_is_closed_to_others(wws):
    with tempfile.TemporaryDirectory(prefix="wws-cache-") as cache:
        os.chmod(cache, 0o755)
        with Server(wws, "--processes", "1", guests=["hello"], cache=cache) as server:
            assert server.get("/hello")[0] == 200
            assert server.stop() == 0
        for path in pathlib.Path(cache).rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
