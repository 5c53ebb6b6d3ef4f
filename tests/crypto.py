#!/usr/bin/env python3
"""Cryptography of the real binary: what it makes Node can use and the other way round; it does not hold others up.

usage: crypto.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from robustness import LeftOut, Server, run_tests

HERE = pathlib.Path(__file__).resolve().parent / "crypto"
PEER = (HERE / "peer.js").read_text()
LIMITS = "[limits]\ncpu_time = \"60s\"\ntime = \"120s\"\n"


def node(action, given=""):
    with tempfile.TemporaryDirectory() as folder:
        peer = pathlib.Path(folder) / "peer.mjs"
        peer.write_text(PEER)
        done = subprocess.run(["node", HERE / "node.mjs", peer, action], input=given, capture_output=True, text=True,
                              timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ask(server, method, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    connection.request(method, "/peer", body=body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, (answer.status, content, server.log())
    return json.loads(content)


def test_what_one_makes_the_other_uses(wws):
    if shutil.which("node") is None:
        raise LeftOut("there is no node")
    with Server(wws, files={"peer.js": PEER, "peer.toml": LIMITS}) as server:
        made = ask(server, "GET")
        assert node("check", json.dumps(made)) == []
        assert ask(server, "POST", json.dumps(made)) == []
        assert ask(server, "POST", json.dumps(node("make"))) == []


LONG = {
    "pbkdf2": """const key = await crypto.subtle.importKey("raw", new Uint8Array(9), "PBKDF2", false, ["deriveBits"]);
export default async () => {
  await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(9), iterations: 4e9 }, key, 512);
  return new Response("done");
};
""",
    "rsa": """export default async () => {
  for (;;) {
    await crypto.subtle.generateKey({ name: "RSA-PSS", modulusLength: 4096, publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256" }, false, ["sign"]);
  }
};
""",
    "digest": """const large = new Uint8Array(8e6);
export default async () => {
  for (;;) await crypto.subtle.digest("SHA-512", large);
};
""",
}
HELLO = 'export default () => new Response("hello");\n'


def test_what_takes_long_holds_nobody_up(wws):
    files = {"hello.js": HELLO}
    for name, script in LONG.items():
        files[f"{name}.js"] = script
        files[f"{name}.toml"] = '[limits]\ncpu_time = "1500ms"\ntime = "60s"\n'
    with Server(wws, "--processes", "1", files=files) as server:
        assert server.get("/hello")[0] == 200
        for name in LONG:
            status = []
            other = threading.Thread(target=lambda: status.append(server.get(f"/{name}")[0]))
            other.start()
            times = []
            while other.is_alive():
                began = time.monotonic()
                answer = server.get("/hello")
                assert answer[0] == 200 and b"hello" in answer[1], (name, answer)
                times.append(time.monotonic() - began)
            other.join()
            # Used up by what the server computed for it.
            assert status == [504] and f"/{name}" in server.log(), (name, status, server.log())
            # Whoever held the thread would hold it for a second and a half.
            assert len(times) > 20 and sorted(times)[len(times) // 2] < 0.1, (name, len(times), max(times))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
