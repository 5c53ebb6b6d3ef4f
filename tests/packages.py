#!/usr/bin/env python3
"""Packages of npm, unmodified, in workers of the real binary: tests/packages has a worker for each.

usage: packages.py --wws BINARY [NAME...]
Where npm is missing nothing is tested. Last line: 'N passed, N failed'. Exit status 1 when any failed.
"""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys

from robustness import PATIENCE, ROOT, Server, link_or_copy, run_tests

WORKERS = ROOT / "tests/packages"
REFUSED = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
# Worker: method, rest of the path, body, and what is answered: status, JSON or text.
ASKED = {
    "ajv": [("POST", "", '{"n": 1}', 200, "valid"),
            ("POST", "", '{"n": 0, "m": 1}', 200, [["", "additionalProperties"], ["/n", "minimum"]])],
    "date_fns": [("GET", "", None, 200, ["Friday, 1 March 2024", 366])],
    "hono": [("GET", "", None, 200, "root"), ("GET", "/users/7?q=x", None, 200, {"id": "7", "q": "x"}),
             ("POST", "/echo", '{"a": [1]}', 200, {"a": [1]}), ("GET", "/teapot", None, 418, "teapot"),
             ("POST", "/orders", '{"item": "tea", "count": 2}', 201, {"item": "tea", "count": 2}),
             ("POST", "/orders", '{"item": "", "count": 0.5}', 422, ["item", "count"]),
             ("GET", "/page?name=%3Cb%3E", None, 200, "<p>&lt;b&gt;</p>"), ("GET", "/mine/name", None, 401, "Unauthorized"),
             ("GET", "/none", None, 404, "404 Not Found")],
    "itty_router": [("GET", "/hello/ada?q=1", None, 200, {"hello": "ada", "q": "1"}),
                    ("GET", "/fail", None, 418, {"status": 418, "error": "teapot"})],
    "jose": [("GET", "", None, 200, [
        ["ada", REFUSED, "HS256"], [[alg, "ada", "1", REFUSED] for alg in ("RS256", "PS256", "ES256", "ES384", "EdDSA")],
        ["dir", "A256GCM", "secret", "ERR_JWE_DECRYPTION_FAILED"],
        ["ECDH-ES+A128KW", "A128CBC-HS256", "secret", "ERR_JWE_DECRYPTION_FAILED"],
        ["joe", "joe", "ERR_JWT_EXPIRED",
         "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
         "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]])],
    "lodash_es": [("GET", "", None, 200, [[[1, 2], [3]], {"1": [1.2, 1.5], "2": [2.1]}, {"a": {"b": 1, "c": 2}}, "function",
                                          "hello &lt;ada&gt;"])],
    "marked": [("POST", "", "# hi *x*", 200, "<h1>hi <em>x</em></h1>\n")],
    "nanoid": [("GET", "", None, 200, [21, True, True])],
    "noble_hashes": [("GET", "", None, 200, ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                                             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"])],
    "preact": [("GET", "", None, 200, '<p class="x">a &lt; b <b>3</b></p>')],
    "uuid": [("GET", "", None, 200, [True, 4, "2ed6657d-e927-568b-95e1-2665a8aea6a2", True])],
    "zod": [("POST", "", '{"name": "ada", "age": 36}', 200, {"name": "ada", "age": 36, "tags": []}),
            ("POST", "", '{"name": "a", "age": 1.5, "mail": "x"}', 400,
             [["name", "too_small"], ["age", "invalid_type"], ["mail", "invalid_format"]])],
}


class Packages(Server):
    """The workers, and the packages beside them. `fetched` is where those are."""

    def __init__(self, wws, fetched):
        self.fetched = fetched
        super().__init__(wws, "--log-level", "warn")

    def prepare(self):
        for worker in WORKERS.glob("*.js"):
            # Paths below the worker's are its own concern.
            folder = self.folder / worker.stem
            folder.mkdir()
            shutil.copy(worker, folder / "index.js")
            shutil.copy(worker, folder / "[...rest].js")
        shutil.copytree(self.fetched / "node_modules", self.folder / "node_modules", symlinks=True, copy_function=link_or_copy)


def fetched_packages():
    if not shutil.which("npm"):
        print("npm is missing: scripts/setup tests installs it")
        return None
    done = subprocess.run([ROOT / "scripts/npm_packages", WORKERS], check=False, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0, "the packages cannot be fetched"
    return pathlib.Path(done.stdout.strip())


def ask(server, method, path, body, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    is_json = body is not None and body.startswith("{")
    connection.request(method, path, body, {"Content-Type": "application/json", **fields} if is_json else fields)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_packages_do_what_they_are_for(wws):
    fetched = fetched_packages()
    if fetched is None:
        return
    with Packages(wws, fetched) as server:
        for worker, requests in ASKED.items():
            for method, rest, body, status, wanted in requests:
                got, text = ask(server, method, f"/{worker}{rest}", body)
                assert got == status, (worker, rest, got, text, server.log())
                assert wanted == (text if isinstance(wanted, str) and text[:1] != '"' else json.loads(text)), (worker, text)
        status, text = ask(server, "GET", "/react", None)
        assert status == 200 and text.startswith("<div><ul><li>1</li><li>2</li></ul>"), (status, text, server.log())
        # What comes later replaces what stands in for it.
        assert "soon" in text and "<i>later</i>" in text and text.index("soon") < text.index("later"), text


def test_hono_checks_tokens_and_reads_forms_and_streams(wws):
    fetched = fetched_packages()
    if fetched is None:
        return
    with Packages(wws, fetched) as server:
        status, token = ask(server, "GET", "/hono/token/ada", None)
        assert status == 200, (token, server.log())
        assert ask(server, "GET", "/hono/mine/name", None, Authorization=f"Bearer {token}") == (200, "ada")
        assert ask(server, "GET", "/hono/mine/name", None, Authorization=f"Bearer {token[:-2]}AA")[0] == 401
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert json.loads(ask(server, "POST", "/hono/form", "a=1&b=%C3%BC", **form)[1]) == {"a": "1", "b": "ü"}
        # The first event is here, and the second comes in an hour.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/hono/events")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream"), answer.headers
        seen = [answer.readline() for _ in range(3)]
        assert sorted(seen) == [b"data: now\n", b"event: tick\n", b"id: 1\n"], seen
        connection.close()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
