#!/usr/bin/env python3
"""Requests of scripts know nothing of each other: no state, no random number; and scripts share the engine's code.

usage: script_isolation.py --wws BINARY [--requests N] [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import os
import pathlib
import sys
import threading

from robustness import Server, children_of, run_tests

REQUESTS = None
CLIENTS = 8
SCRIPTS = 20
STATE = """
let count = 0;
globalThis.list = [];
const table = new Map();
class Kept { static value = 0; }
export default (request) => {
  const seen = [count++, list.length, table.size, Kept.value++, globalThis.leaked, Array.prototype.leaked, Response.leaked];
  list.push(request); table.set(request, 1);
  globalThis.leaked = Array.prototype.leaked = Response.leaked = "leaked";
  request.constructor.prototype.leaked = 1;
  return new Response(seen.map(String).join());
};
"""
FRESH = b"0,0,0,0,undefined,undefined,undefined"
RANDOM = """
const made_before = Math.random();
export default () => new Response([
  crypto.randomUUID(), Math.random(), Math.random(), crypto.getRandomValues(new BigUint64Array(2)).join()].join(" "));
"""


def ask(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status, body)
    return body


def ask_all(port, paths):
    """From several clients at once: what each path answered."""
    answers, failures = [], []

    def client(mine):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            answers.extend((path, ask(connection, path)) for path in mine)
            connection.close()
        except Exception as failure:  # told by the test
            failures.append(failure)

    threads = [threading.Thread(target=client, args=(paths[place::CLIENTS],)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[:3]
    return answers


def test_requests_share_no_state_and_no_random_numbers(wws):
    with Server(wws, "--log-level", "warn", files={"state.js": STATE, "random.js": RANDOM}) as server:
        answers = ask_all(server.port, ["/state", "/random"] * (REQUESTS // 2))
        assert {body for path, body in answers if path == "/state"} == {FRESH}
        numbers = [number for path, body in answers if path == "/random" for number in body.split()]
        assert len(numbers) == len(set(numbers)) == REQUESTS // 2 * 4


def code_maps(pid):
    """The maps of machine code, which are all files of the cache."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    return [line for line in lines if "r-xp" in line and ".cwasm" in line]


def test_scripts_are_apart_and_share_the_code_of_the_engine(wws):
    scripts = {f"w{number}.js": f'export default () => new Response("{number}");' for number in range(SCRIPTS)}
    with Server(wws, "--log-level", "warn", "--processes", "1", files=scripts) as server:
        paths = [f"/w{number % SCRIPTS}" for number in range(SCRIPTS * 50)]
        assert all(body == path[2:].encode() for path, body in ask_all(server.port, paths))
        serving = [pid for pid in children_of(server.process.pid) if code_maps(pid)]
        assert serving, "no process has code mapped"
        assert all(len(code_maps(pid)) == 1 for pid in serving), code_maps(serving[0])


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
