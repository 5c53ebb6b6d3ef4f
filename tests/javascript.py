#!/usr/bin/env python3
"""JavaScript workers of the real binary: outgoing requests; requests share nothing, scripts the code of the engine.

usage: javascript.py --wws BINARY [--requests N] [NAME...]
--requests: how many are compared with each other.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import os
import pathlib
import signal
import sys
import tempfile
import threading
import time
import unittest.mock

from robustness import Server, children_of, cmdline, run_tests, until

REQUESTS = None

TARGET = """export default async (request) => new Response(
  `${request.method} ${request.headers.get("x-a")} ${await request.text()}`,
  { status: 201, headers: { "x-up": "1", "content-type": "text/plain" } });
"""
BIG = 'export default () => new Response("x".repeat(500000));\n'
SLOW = "export default () => new Promise((resolve) => setTimeout(resolve, 20000));\n"
# One assertion a line of the answer.
ASKER = """const text = new TextEncoder();
export default async (request) => {
  const base = `http://127.0.0.1:${new URL(request.url).searchParams.get("port")}`;
  const seen = [];
  const get = await fetch(`${base}/target`);
  seen.push([get.status, get.headers.get("x-up"), get.url === `${base}/target`, get.redirected, await get.text()]);
  const post = await fetch(`${base}/target`, { method: "POST", body: "h\\u00e9", headers: { "x-a": "q" } });
  seen.push(await post.text());
  const body = new ReadableStream({ start(controller) {
    for (const part of ["stre", "am"]) controller.enqueue(text.encode(part));
    controller.close();
  } });
  seen.push(await (await fetch(new Request(`${base}/target`, { method: "PUT", body, duplex: "half" }))).text());
  let size = 0;
  for await (const chunk of (await fetch(`${base}/big`)).body) size += chunk.length;
  seen.push(size);
  for (const [url, signal] of [["http://127.0.0.2:1/"], [`${base}/target`, AbortSignal.abort()],
    [`${base}/slow`, AbortSignal.timeout(50)]]) {
    await fetch(url, { signal }).catch((error) => seen.push(error.name));
  }
  const both = await Promise.all([fetch(`${base}/target`), fetch(`${base}/target`)]);
  seen.push(both.every((each) => each.ok));
  return Response.json(seen);
};
"""
PASSING = """export default async (request) => {
  const url = `http://127.0.0.1:${new URL(request.url).searchParams.get("port")}/target`;
  return fetch(url, { method: request.method, body: request.body, headers: request.headers });
};
"""
GRANT = '[features.http_requests]\nallowed_hosts = ["127.0.0.1"]\nallow_http = true\n'
TARGETS = {"target.js": TARGET, "big.js": BIG, "slow.js": SLOW}
ASKERS = {"ask.js": ASKER, "ask.toml": GRANT, "pass.js": PASSING, "pass.toml": GRANT, "refused.js": ASKER}


def test_requests_and_answers_go_both_ways(wws):
    with Server(wws, files=TARGETS) as target, Server(wws, files=ASKERS) as asker:
        status, body = asker.get(f"/ask?port={target.port}")
        assert status == 200, (status, body, asker.log())
        wanted = ('[[201,"1",true,false,"GET null "],"POST q hé","PUT null stream",500000,"TypeError","AbortError",'
                  '"TimeoutError",true]')
        assert body.decode() == wanted, body


def test_a_body_passes_through(wws):
    with Server(wws, files=TARGETS) as target, Server(wws, files=ASKERS) as asker:
        connection = http.client.HTTPConnection("127.0.0.1", asker.port, timeout=60)
        connection.request("POST", f"/pass?port={target.port}", body=b"x" * 300_000, headers={"x-a": "v"})
        answer = connection.getresponse()
        assert answer.status == 201 and answer.headers["x-up"] == "1", asker.log()
        assert answer.read() == b"POST v " + b"x" * 300_000
        connection.close()


def test_without_a_grant_nothing_is_sent(wws):
    with Server(wws, files=ASKERS) as asker:
        status, _ = asker.get("/refused?port=1")
        assert status == 500
        assert "this worker may send no requests; its TOML needs [features.http_requests]" in asker.log()


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


SECRET = "a secret that no file of the cache may have"
TELLING = """const kept = TOKEN + "," + PLAIN;
export default (request, env) => new Response(`${kept},${env.TOKEN === TOKEN}`);
"""


def test_variables_of_the_servers_environment_are_in_no_file(wws):
    files = {"telling.js": TELLING, "telling.toml": '[vars]\nTOKEN = "$WWS_TEST_TOKEN"\nPLAIN = "plain"\n'}
    with tempfile.TemporaryDirectory() as cache, unittest.mock.patch.dict(os.environ, WWS_TEST_TOKEN=SECRET):
        for _ in range(2):
            with Server(wws, files=files, cache=cache) as server:
                assert server.get("/telling") == (200, f"{SECRET},plain,true".encode()), server.log()
        kept = [path for path in pathlib.Path(cache).rglob("*") if path.is_file()]
        assert kept, "the engine is kept"
        assert not [path for path in kept if SECRET.encode() in path.read_bytes()]


LEAVES = """
globalThis.left ??= [];
left.push("%d");
Array.prototype.left ??= [];
Array.prototype.left.push("%d");
const random = Math.random();
export default () => new Response([left, Array.prototype.left, random].join(" "));
"""


def engine_children(server):
    """The one that has the engine mapped, and those that it made."""
    return sorted(pid for pid in children_of(server.process.pid) if b"__engine" in cmdline(pid))


LOADED_TOGETHER = 100


def test_scripts_that_are_loaded_together_share_nothing(wws):
    """Their children are made of one process, which has evaluated none of them; and none of the children is lost."""
    never_seen = f"// {time.time_ns()}\n"  # by the cache of this user
    scripts = {f"w{number}.js": never_seen + LEAVES % (number, number) for number in range(LOADED_TOGETHER)}
    with Server(wws, "--processes", "1", files=scripts) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        answers = [ask(connection, f"/w{number}").decode().split() for number in range(LOADED_TOGETHER)]
        connection.close()
        for number, answer in enumerate(answers):
            assert answer[:2] == [f"{number}", f"{number}"], answers
        assert len({random for _, _, random in answers}) == LOADED_TOGETHER, "scripts drew the same random number"
        # It would have been tried again, a second later. The child had looked for the supervisor at the other end of a
        # socket that is closed as soon as the script is given.
        assert "put off" not in server.log(), server.log()
        until(lambda: not engine_children(server), "the end of the engine child, which nobody needs any more")


def test_scripts_go_on_without_their_engine_child(wws):
    """It or a child that waits for a script is killed, stopped, or killed again: edits are served all the same."""
    never_seen = f"// {time.time_ns()}\n"  # by the cache of this user
    script = never_seen + 'export default () => new Response("%d");'
    with Server(wws, "--processes", "1", "--watch", files={"w.js": script % 0}) as server:
        for edit, (which, number) in enumerate([(1, signal.SIGKILL), (0, signal.SIGKILL), (0, signal.SIGSTOP)], 1):
            until(lambda: len(engine_children(server)) == 2, "a child that is ready")
            os.kill(engine_children(server)[which], number)
            for again in range(2):
                body = str(edit * 10 + again).encode()
                pathlib.Path(server.folder, "w.js").write_text(script % int(body))
                until(lambda: body in server.get("/w")[1], f"edit {body} after {number.name} to child {which}")
        assert server.stop() == 0


DEEP = 100_000
# Each is hostile in its way; all are small.
NESTED = {
    "parentheses.ts": "export default " + "(" * DEEP + "1" + ")" * DEEP + ";",
    "types.ts": "type A = " + "Array<" * DEEP + "1" + ">" * DEEP + ";\nexport default () => new Response();",
    "elements.tsx": "/** @jsx h */ const h = () => 1; export default " + "<b>" * DEEP + "</b>" * DEEP + ";",
    "functions.ts": "export default " + "a => " * DEEP + "1;",
    "sums.ts": "export default " + "1 + " * DEEP + "1;",
    "generics.ts": "let a = " + "a<" * DEEP,
}


# What is only a type is nothing once it is read.
TAKEN_OUT = "types.ts"


def test_hostile_typescript_fails_alone(wws):
    files = NESTED | {"good.ts": 'export default (): Response => new Response("good");'}
    with Server(wws, "--log-level", "warn", files=files) as server:
        assert server.get("/good") == (200, b"good")
        for name in NESTED:
            status, _ = server.get("/" + name.split(".")[0])
            assert status == (200 if name == TAKEN_OUT else 500), (name, status)
        assert server.get("/good") == (200, b"good")
        log = server.log()
        assert all(name in log for name in NESTED if name != TAKEN_OUT), log[-2000:]
        assert server.process.poll() is None


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
