#!/usr/bin/env python3
"""JavaScript workers of the real binary: outgoing requests, and that requests share nothing.

usage: javascript.py --wws BINARY [--requests N] [NAME...]
--requests: how many are compared with each other.
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import os
import sys

from robustness import Server, run_tests

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


STATE = """let count = 0;
const seen = new Map();
export default () => {
  count++;
  const before = globalThis.left ?? "nothing";
  globalThis.left = seen.set(count, Math.random());
  Array.prototype.added = true;
  return new Response([before, count, seen.size, Math.random(), crypto.randomUUID()].join(" "));
};
"""


def test_requests_share_nothing(wws):
    with Server(wws, files={"state.js": STATE}) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        numbers, ids = set(), set()
        for _ in range(REQUESTS):
            connection.request("GET", "/state")
            before, count, size, number, identity = connection.getresponse().read().decode().split()
            assert (before, count, size) == ("nothing", "1", "1"), (before, count, size)
            numbers.add(number)
            ids.add(identity)
        connection.close()
        assert len(numbers) == len(ids) == REQUESTS, (len(numbers), len(ids))


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
