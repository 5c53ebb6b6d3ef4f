#!/usr/bin/env python3
"""`wws health` against a real server.

usage: health.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import os
import signal
import subprocess
import sys

from robustness import PATIENCE, Server, run_tests


def ask(wws, *arguments):
    done = subprocess.run([wws, "health", *arguments], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stdout, done.stderr


def test_a_server_that_answers(wws):
    with Server(wws, "--processes", "1", guests=["hello"]) as server:
        url = f"http://127.0.0.1:{server.port}"
        assert ask(wws, url) == (0, f"{url}: 204\n", ""), ask(wws, url)
        assert ask(wws, url + "/hello") == (0, f"{url}/hello: 200\n", "")
        assert ask(wws, url + "/nothing") == (1, "", f"wws: {url}/nothing: 404\n")
        assert server.stop() == 0
        assert ask(wws, url) == (1, "", f"wws: {url}: Connection refused\n")


def test_a_server_that_hangs(wws):
    with Server(wws, "--processes", "1", guests=["hello"]) as server:
        url = f"http://127.0.0.1:{server.port}"
        children = f"/proc/{server.process.pid}/task/{server.process.pid}/children"
        serving = [int(pid) for pid in open(children).read().split()]
        for pid in serving:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert ask(wws, "--timeout", "300ms", url) == (1, "", f"wws: {url}: no answer within 300ms\n")
        finally:
            for pid in serving:
                os.kill(pid, signal.SIGCONT)
        assert ask(wws, url)[0] == 0
        assert server.stop() == 0


def test_what_is_no_url(wws):
    for url in ("127.0.0.1:8080", "https://127.0.0.1:8080/", "http://"):
        status, output, errors = ask(wws, url)
        assert (status, output) == (2, "") and "is not an address such as" in errors, (status, errors)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
