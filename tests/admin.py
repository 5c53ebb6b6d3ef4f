#!/usr/bin/env python3
"""Metrics and the admin interface of the real binary: under load, across crashes and reloads, with bad clients.

usage: admin.py --wws BINARY [NAME...]
Last line: 'N passed, N failed'. Exit status 1 when any failed, 77 where what checks formats is missing (scripts/setup tests).
"""
import argparse
import asyncio
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import urllib.parse

try:
    import jsonschema
    import openapi_spec_validator
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
    from prometheus_client.parser import text_string_to_metric_families as parse_plain
except ModuleNotFoundError as missing:
    # scripts/setup has them in an environment of its own.
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    python = cache / "wws-build/venv/bin/python"
    if python.exists() and pathlib.Path(sys.prefix) != cache / "wws-build/venv":
        os.execv(python, [python, *sys.argv])
    print(f"a Python package is missing: {missing.name}")
    sys.exit(77)

from robustness import PATIENCE, Server, children_of, cmdline, is_alive, load, receive, run_tests, until
from terminal import Screen, rate

TOKEN = "0123456789abcdef-of-a-test"
OPEN = {"accept": "application/openmetrics-text; version=1.0.0"}


class Admin(Server):
    """A server with the admin interface at an address, or at a socket's file."""

    def __init__(self, wws, *options, place="127.0.0.1:0", guests=("hello",), **more):
        self.place = place
        self.token = pathlib.Path("/dev/null")
        token = ()
        if not place.startswith("unix:"):
            self.token = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"wws-admin-token-{os.getpid()}"
            self.token.write_text(TOKEN + "\n")
            self.token.chmod(0o600)
            token = ("--admin-token-file", str(self.token))
        super().__init__(wws, "--admin", place, *token, *options, guests=guests, **more)
        self.name = re.search(r"the admin interface is at (\S+)", self.log()).group(1)

    def __exit__(self, *rest):
        super().__exit__(*rest)
        if self.token.name.startswith("wws-admin"):
            self.token.unlink(missing_ok=True)

    def connect_admin(self):
        if self.name.startswith("unix:"):
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE)
            sock.connect(self.name[5:])
            return sock
        return socket.create_connection(("127.0.0.1", int(self.name.rsplit(":", 1)[1])), PATIENCE)

    def ask(self, path, method="GET", token=TOKEN, headers=None, body=b""):
        """Status and body, a text."""
        status, answer = self.ask_for_bytes(path, method, token, headers, body)
        return status, answer.decode()

    def ask_for_bytes(self, path, method="GET", token=TOKEN, headers=None, body=b""):
        lines = [f"{method} {path} HTTP/1.1", "host: t"]
        lines += [f"authorization: Bearer {token}"] if token else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"content-length: {len(body)}"] if method in ("POST", "PUT") else []
        with self.connect_admin() as sock:
            sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
            return receive(sock)

    def ask_if_there(self, path):
        """The same while the child may be on its way back."""
        try:
            return self.ask(path)
        except (OSError, AssertionError):
            return None

    def json(self, path, method="GET", status=200):
        answered, body = self.ask(path, method)
        assert answered == status, (answered, body)
        return json.loads(body)

    def metrics(self):
        """Samples by name and labels."""
        status, text = self.ask("/metrics")
        assert status == 200, text
        return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for family in parse_plain(text) for sample in family.samples}

    def value(self, name, **labels):
        return self.metrics()[(name, tuple(sorted(labels.items())))]

    def admin_pid(self):
        return next((pid for pid in children_of(self.process.pid) if b"__admin" in cmdline(pid)), None)


def requests(server, path="/hello", code="2xx"):
    return server.value("wws_http_requests_total", route=path, code=code)


def growing(metrics):
    """Those that must never shrink."""
    return {key: value for key, value in metrics.items()
            if key[0].endswith(("_total", "_bucket", "_count", "_sum"))}


def assert_grown(before, after):
    for key, value in growing(before).items():
        assert after.get(key, 0) >= value, f"{key} went from {value} to {after.get(key)}"


def run_load(server, paths, count, connections=8):
    answers, failures = asyncio.run(load(server.port, paths, connections, count))
    assert not failures, failures[:3]
    return answers


def test_counts_requests_of_all_processes(wws):
    with Admin(wws, "--processes", "2", guests=["hello", "trap"]) as server:
        run_load(server, ["/hello"], 400)
        for _ in range(3):
            assert server.get("/trap")[0] == 500
        assert server.get("/nothing")[0] == 404
        until(lambda: requests(server) == 400, "all requests to be counted")
        metrics = server.metrics()
        value = lambda name, **labels: metrics[(name, tuple(sorted(labels.items())))]
        assert value("wws_http_requests_total", route="/trap", code="5xx") == 3
        assert value("wws_http_requests_total", route="files", code="4xx") == 1
        assert value("wws_guest_failures_total", cause="trap") == 3
        assert value("wws_http_request_duration_seconds_count", route="/hello") == 400
        assert value("wws_http_request_duration_seconds_bucket", route="/hello", le="+Inf") == 400
        assert 0 < value("wws_guest_cpu_seconds_total", route="/hello") < 100
        assert value("wws_instance_seconds_total", route="/hello") > 0
        # Pages of 64 KiB; the start takes some microseconds, and is counted for each guest.
        peak = value("wws_guest_memory_peak_bytes", route="/hello")
        assert 0 < peak < 128 << 20 and peak % (64 << 10) == 0, peak
        assert value("wws_instance_start_duration_seconds_count") == 403
        assert 0 < value("wws_instance_start_duration_seconds_sum") < value("wws_instance_seconds_total", route="/hello") * 2
        assert value("wws_connections_accepted_total") >= 12
        assert value("wws_processes", role="serving") == 2
        assert value("wws_process_resident_memory_bytes", role="serving", process="1") > 1 << 20
        assert value("wws_modules", state="ready") == 2
        assert value("wws_ready") == 1
        stats = server.json("/api/v1/stats")
        hello = next(route for route in stats["routes"] if route["route"] == "/hello")
        assert hello["memory_peak_bytes"] == peak
        assert hello["requests"]["2xx"] == 400 and sum(hello["duration"]["buckets"]) == 400
        assert server.stop() == 0


def test_limits_are_counted_by_kind(wws):
    limits = '[limits]\ntime = "100ms"\n'
    with Admin(wws, "--processes", "1", "--max-body", "64KiB", guests=["hello", "loop"],
               files={"loop.toml": limits}) as server:
        assert server.get("/loop")[0] == 504
        with server.connect() as sock:
            sock.sendall(b"POST /hello HTTP/1.1\r\nHost: t\r\nContent-Length: 70000\r\n\r\n")
            assert receive(sock)[0] == 413
        with server.connect() as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: t\r\nX: " + b"x" * 70000 + b"\r\n\r\n")
            assert receive(sock)[0] == 431
        until(lambda: server.value("wws_limits_hit_total", limit="head_size") == 1, "the head to be counted")
        assert server.value("wws_limits_hit_total", limit="time") == 1
        assert server.value("wws_limits_hit_total", limit="body_size") == 1
        assert server.value("wws_limits_hit_total", limit="cpu_time") == 0
        assert server.stop() == 0


def test_promtool_takes_it_under_load(wws):
    with Admin(wws, "--processes", "2", guests=["hello", "trap"]) as server:
        run_load(server, ["/hello"], 300)
        assert server.get("/trap")[0] == 500
        status, text = server.ask("/metrics")
        assert status == 200
        if shutil.which("promtool"):
            checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True,
                                     timeout=PATIENCE)
            assert (checked.returncode, checked.stderr.strip()) == (0, ""), checked.stdout + checked.stderr
        else:
            print("left out: promtool is missing")
        status, text = server.ask("/metrics", headers=OPEN)
        assert status == 200 and text.endswith("# EOF\n")
        families = {family.name: family for family in parse_open(text)}
        assert families["wws_http_requests"].type == "counter"
        assert families["wws_guest_cpu_seconds"].unit == "seconds"
        assert server.stop() == 0


def test_sums_grow_across_deaths_and_reloads(wws):
    with Admin(wws, "--processes", "2", guests=["hello"]) as server:
        run_load(server, ["/hello"], 200)
        until(lambda: requests(server) == 200, "all requests to be counted")
        before = server.metrics()
        for round_ in range(3):
            pid = server.children()[0]
            os.kill(pid, signal.SIGKILL)
            until(lambda: pid not in server.children() and len(server.children()) == 2, "another process")
            assert_grown(before, server.metrics())
            run_load(server, ["/hello"], 100)
            until(lambda: requests(server) == 300 + 100 * round_, "requests of the new process to be counted")
            before = server.metrics()
        assert server.value("wws_process_restarts_total", role="serving") == 3
        # A route more, another one's source, a route less: each keeps its numbers.
        shutil.copy(server.folder / "hello.wasm", server.folder / "other.wasm")
        assert server.ask("/api/v1/reload", "POST")[0] == 202
        until(lambda: server.get("/other")[0] == 200, "the other route")
        until(lambda: requests(server, "/other") >= 1, "it to be counted")
        (server.folder / "hello.wasm").unlink()
        assert server.ask("/api/v1/reload", "POST")[0] == 202
        until(lambda: server.get("/hello")[0] == 404, "the route to go")
        after = server.metrics()
        assert_grown(before, after)
        assert requests(server) >= 500
        assert server.value("wws_reloads_total", result="ok") == 2
        # The admin child has nothing of its own.
        admin = server.admin_pid()
        os.kill(admin, signal.SIGKILL)
        until(lambda: server.admin_pid() not in (None, admin), "another admin child")
        assert_grown(after, server.metrics())
        assert server.value("wws_process_restarts_total", role="admin") == 1
        assert server.stop() == 0


def test_gauges_of_a_process_go_with_it(wws):
    with Admin(wws, "--processes", "1", guests=["hello"]) as server:
        with server.connect():
            until(lambda: server.value("wws_connections") == 1, "the connection to be counted")
            pid = server.children()[0]
            os.kill(pid, signal.SIGKILL)
            until(lambda: pid not in server.children() and len(server.children()) == 1, "another process")
            assert server.value("wws_connections") == 0
        assert server.stop() == 0


def test_the_document_describes_what_is_answered(wws):
    toml = 'name = "n"\n[vars]\nSECRET = "hunter2"\n[data.kv]\nnamespace = "k"\n'
    with Admin(wws, "--processes", "1", "--kv", "memory", guests=["hello", "trap"],
               files={"hello.toml": toml, "broken.wasm": "no module"}) as server:
        document = server.json("/api/v1/openapi.json")
        openapi_spec_validator.validate(document)
        # A client made of the document: calls what it describes, and holds the answers to their schemas.
        operations = {operation["operationId"]: (method, path, operation)
                      for path, item in document["paths"].items() for method, operation in item.items()}

        def call(name, status=200, sent=b"", headers=None, **parameters):
            method, path, operation = operations[name]
            answered, body = server.ask(path.format(**parameters), method.upper(), headers=headers, body=sent)
            assert answered == status and str(status) in operation["responses"], (name, answered, body)
            described = operation["responses"][str(status)]
            if "$ref" in described:
                described = document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
            content = described["content"]
            assert "hunter2" not in body
            if "application/json" not in content:
                return body
            value = json.loads(body)
            jsonschema.Draft202012Validator(
                {**content["application/json"]["schema"], "components": document["components"]}).validate(value)
            return value

        until(lambda: server.ask("/readyz")[0] == 200, "the server to be ready")
        called = {name: call(name) for name, (_, path, _) in operations.items() if name != "reload" and "{" not in path}
        assert call("reload", 202) == {"reload": "begun"}
        assert {worker["file"]: worker["state"] for worker in called["listWorkers"]} == {
            "hello.wasm": "ready", "trap.wasm": "ready", "broken.wasm": "failed"}
        hello = next(worker for worker in called["listWorkers"] if worker["file"] == "hello.wasm")
        assert hello["vars"] == {"SECRET": "***"} and hello["kv_namespace"] == "k"
        assert [problem["file"] for problem in called["listProblems"]] == ["broken.wasm"]
        assert {process["role"] for process in called["listProcesses"]} == {"supervisor", "serving", "store", "admin"}
        assert {route["route"]: route["kind"] for route in called["listRoutes"]}["/hello"] == "static"
        # The key-value store.
        assert [space["name"] for space in called["listNamespaces"]["namespaces"]] == ["k"]
        key = {"namespace": "k", "key": "a%2Fb"}
        call("getValue", 404, **key)
        version = call("putValue", sent=b"value", **key)["version"]
        assert call("getValue", **key) == "value"
        assert call("listKeys", namespace="k") == {"keys": [{"key": "a/b", "path": "a%2Fb"}]}
        call("putValue", 412, sent=b"other", headers={"if-match": f'"{version + 1}"'}, **key)
        call("putValue", sent=b"other", headers={"if-match": f'"{version}"'}, **key)
        call("putValue", 404, sent=b"", namespace="not-there", key="a")
        call("deleteValue", 412, headers={"if-match": f'"{version}"'}, **key)
        call("deleteValue", **key)
        call("deleteValue", 404, **key)
        # The original's shapes.
        old = next(worker for worker in called["listWorkersV0"] if worker["path"] == "/hello")
        assert old == {"id": hello["id"], "name": "n", "path": "/hello", "filepath": str(server.folder / "hello.wasm")}
        assert call("getWorkerV0", id=old["id"]) == {
            "id": old["id"], "name": "n", "version": "1", "data": {"kv": "k"}, "folders": [], "vars": {"SECRET": "***"}}
        assert server.ask("/_api/v0/workers/nobody") == (404, '"{}"')
        assert server.stop() == 0


def test_tells_failed_requests_with_their_stacks(wws):
    script = 'function inner() {\n  throw new Error("no <luck>\\u001b[31m");\n}\nexport default () => inner();\n'
    spin = {"spin.js": "export default () => { for (;;); };\n", "spin.toml": 'name = "s"\n[limits]\ncpu_time = "20ms"\n'}
    with Admin(wws, "--processes", "2", guests=["hello", "trap"], files={"script.js": script, **spin}) as server:
        assert server.json("/api/v1/errors") == {"next": 0, "errors": []}
        assert server.get("/trap")[0] == 500
        assert server.get("/script?secret=1")[0] == 500
        first, second = (server.json("/api/v1/errors")["errors"])[::-1]
        assert (first["status"], first["cause"], first["worker"], first["route"]) == (500, "guest-trap", "trap.wasm", "/trap")
        assert first["role"] == "serving" and first["pid"] in server.children()
        assert "unreachable" in first["message"] + first["stack"], first
        assert (second["worker"], second["method"], second["path"]) == ("script.js", "GET", "/script"), second
        assert "no <luck>\\x1b[31m" in second["said"] and "at inner (script.js:2:" in second["said"], second
        assert second["request_id"] and second["request_id"] != first["request_id"]
        assert "source" not in second
        # What came since, and what a process that died had told.
        answer = server.json("/api/v1/errors")
        for pid in server.children():
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(server.children()) == 2 and first["pid"] not in server.children(), "other processes")
        until(lambda: server.get("/trap")[0] == 500, "they serve")
        since = server.json(f"/api/v1/errors?after={answer['next']}")
        assert [error["worker"] for error in since["errors"]] == ["trap.wasm"], since
        assert len(server.json("/api/v1/errors")["errors"]) == 3
        # Where the interpreter was says nothing of the script.
        until(lambda: server.get("/spin")[0] == 504, "the limit")
        last = server.json("/api/v1/errors")["errors"][0]
        assert (last["worker"], last["cause"]) == ("spin.js", "cpu-time-limit") and "stack" not in last, last
        assert server.stop() == 0


def test_shows_source_in_development(wws):
    script = 'const a = 1;\nexport default () => {\n  throw new Error("here");\n};\n'
    with Admin(wws, "--processes", "1", "--dev", guests=[], files={"script.js": script}) as server:
        assert server.get("/script")[0] == 500
        error = server.json("/api/v1/errors")["errors"][0]
        assert '>    3 |   throw new Error("here");' in error["source"], error
        assert server.stop() == 0


def test_tells_the_log_of_all_processes(wws):
    with Admin(wws, "--processes", "2", guests=["hello", "trap"]) as server:
        assert server.get("/trap")[0] == 500
        log = server.json("/api/v1/log")
        assert {line["role"] for line in log["lines"]} >= {"supervisor", "serving"}, log
        failed = next(line for line in log["lines"] if "Error running worker trap.wasm" in line["message"])
        assert failed["level"] == "error" and failed["pid"] in server.children()
        assert (failed["worker"], failed["route"], failed["cause"]) == ("trap.wasm", "/trap", "guest-trap"), failed
        stack = [line["message"] for line in log["lines"] if line.get("request_id") == failed["request_id"]][1:]
        assert stack and all(line.startswith(f"request {failed['request_id']}: ") for line in stack), log
        numbers = [line["number"] for line in log["lines"]]
        assert numbers == sorted(set(numbers)) and log["next"] >= numbers[-1]
        assert server.json(f"/api/v1/log?after={log['next']}")["lines"] == []
        assert {line["level"] for line in server.json("/api/v1/log?level=error")["lines"]} == {"error"}
        # A process that dies has its last lines there; the admin child itself too, and goes on where it was.
        os.kill(failed["pid"], signal.SIGKILL)
        until(lambda: any(f"(pid {failed['pid']}) died" in line["message"]
                          for line in server.json(f"/api/v1/log?after={log['next']}")["lines"]), "its death to be told")
        assert failed in server.json("/api/v1/log")["lines"]
        log = server.json("/api/v1/log")
        admin = server.admin_pid()
        os.kill(admin, signal.SIGKILL)
        until(lambda: server.admin_pid() not in (None, admin), "another admin child")
        until(lambda: any(f"(pid {admin}) died" in line["message"]
                          for line in server.json(f"/api/v1/log?after={log['next']}")["lines"]), "it to answer")
        since = server.json(f"/api/v1/log?after={log['next']}")["lines"]
        assert not {line["message"] for line in log["lines"]} & {line["message"] for line in since}, since
        assert server.ask("/api/v1/log?after=x")[0] == 400
        assert server.stop() == 0


def test_keys_of_any_bytes(wws):
    toml = '[data.kv]\nnamespace = "a b"\n'
    with Admin(wws, "--processes", "1", guests=["hello"], files={"hello.toml": toml}) as server:
        place = "/api/v1/kv/a%20b"
        keys = [b"\x00", b"%", b"/", b"a/b?c#d", b"\xff\xfe", "ü".encode(), b"x" * 512]
        encoded = ["".join(f"%{byte:02X}" for byte in key) for key in keys]
        value = bytes(range(256)) * 4096
        for key in encoded:
            assert server.ask(f"{place}/{key}", "PUT", body=value)[0] == 200, key
            assert server.ask_for_bytes(f"{place}/{key}") == (200, value), key
        # Page by page, by what the pages say.
        listed, cursor = [], ""
        while cursor is not None:
            page = server.json(f"{place}?limit=2{'&cursor=' + urllib.parse.quote(cursor) if cursor else ''}")
            listed += [urllib.parse.unquote_to_bytes(item["path"]) for item in page["keys"]]
            cursor = page.get("next")
        assert listed == sorted(keys), listed
        assert [item["key"] for item in server.json(f"{place}?prefix=a/")["keys"]] == ["a/b?c#d"]
        assert server.ask(f"{place}/{'%61' * 513}", "PUT")[0] == 400
        assert server.ask(f"{place}/big", "PUT", body=b"x" * ((1 << 20) + 1))[0] == 413
        assert server.ask(f"{place}/short?ttl=20ms", "PUT", body=b"x")[0] == 200
        until(lambda: server.ask(f"{place}/short")[0] == 404, "it to be forgotten")
        # The same store as that of `wws kv` and of workers.
        store = lambda *arguments: subprocess.run([wws, "kv", *arguments, "--project", str(server.folder)],
                                                  capture_output=True, check=True, timeout=PATIENCE).stdout
        assert store("get", "a b", "%") == value
        store("put", "a b", "%", "from the command line")
        assert server.ask(f"{place}/%25") == (200, "from the command line")
        # What is changed here keeps its metadata, with a condition as without.
        store("put", "--metadata", '{"a":1}', "a b", "noted", "one")
        status, answer = server.ask(f"{place}/noted", "PUT", body=b"two")
        assert status == 200, answer
        condition = {"if-match": f'"{json.loads(answer)["version"]}"'}
        for value_now, wanted in ((b"three", 200), (b"four", 412)):
            assert server.ask(f"{place}/noted", "PUT", headers=condition, body=value_now)[0] == wanted, value_now
        assert store("get", "a b", "noted") == b"three"
        assert b'noted\t{"a":1}' in store("list", "a b"), store("list", "a b")
        assert server.ask(f"{place}/noted", "DELETE")[0] == 200
        for key in encoded:
            assert server.ask(f"{place}/{key}", "DELETE")[0] == 200
        assert server.json(place) == {"keys": []}
        # Another store child, and another admin child, have the same.
        assert server.ask(f"{place}/stays", "PUT", body=b"1")[0] == 200
        for role in (b"__store", b"__admin"):
            pid = next(pid for pid in children_of(server.process.pid) if role in cmdline(pid))
            os.kill(pid, signal.SIGKILL)
            until(lambda: server.ask_if_there(f"{place}/stays") == (200, "1"), "the value to be there again")
        # Who has no token neither reads nor writes.
        for method in ("GET", "PUT", "DELETE"):
            assert server.ask(f"{place}/stays", method, token="wrong")[0] == 401
        assert server.json("/api/v1/kv")["namespaces"][0]["bytes"] > 0
        assert server.stop() == 0


def test_says_that_there_is_no_store(wws):
    with Admin(wws, "--processes", "1") as server:
        status, body = server.ask("/api/v1/kv")
        assert status == 503 and "no key-value store" in body, body
        assert server.stop() == 0


def test_ready_is_after_compiling_and_not_while_draining(wws):
    with Admin(wws, "--processes", "1") as server:
        until(lambda: server.ask("/readyz", token=None)[0] == 200, "the server to be ready")
        assert server.json("/api/v1/drain", "POST") == {"draining": True}
        status, body = server.ask("/readyz", token=None)
        assert (status, json.loads(body)) == (503, {"ready": False, "reasons": ["it was told to drain"]})
        assert server.value("wws_ready") == 0
        assert server.get("/hello")[0] == 200
        assert server.json("/api/v1/drain", "DELETE") == {"draining": False}
        assert server.ask("/readyz", token=None)[0] == 200
        # A request that goes on keeps the server; meanwhile it says that it stops.
        with server.connect() as sock:
            sock.sendall(b"POST /hello HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx")
            until(lambda: server.value("wws_connections") == 1, "the connection")
            server.process.send_signal(signal.SIGTERM)
            until(lambda: server.ask("/readyz", token=None)[0] == 503, "it to say that it stops")
            assert server.ask("/healthz", token=None)[0] == 200
            assert server.ask("/api/v1/reload", "POST")[0] == 409
            sock.sendall(b"y")
            assert receive(sock)[0] == 200
        assert server.process.wait(PATIENCE) == 0


class Stopper(threading.Thread):
    """Stops the first compile child of the server that serves a folder, as soon as it is there."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.pid, self.is_over = str(folder).encode(), None, False

    def run(self):
        while self.pid is None and not self.is_over:
            parents = [int(path.parent.name) for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
                       if self.folder in cmdline(int(path.parent.name))]
            for pid in [pid for parent in parents for pid in children_of(parent)]:
                if b"__compile" in cmdline(pid):
                    os.kill(pid, signal.SIGSTOP)
                    self.pid = pid
                    return


def test_not_ready_before_modules_are_compiled(wws):
    for _ in range(20):  # the child may be done before it is seen
        with tempfile.TemporaryDirectory(prefix="wws-admin-") as name:
            folder = pathlib.Path(name, "site")
            folder.mkdir()
            stopper = Stopper(folder)
            stopper.start()
            with Admin(wws, "--processes", "1", "--cache", name + "/cache", folder=folder) as server:
                stopper.is_over = not any(b"__compile" in cmdline(pid) for pid in children_of(server.process.pid))
                stopper.join()
                status, body = server.ask("/readyz")
                if stopper.pid is None or not is_alive(stopper.pid):
                    continue
                assert status == 503 and "modules are compiled" in body, body
                assert server.value("wws_modules", state="pending") == 1
                os.kill(stopper.pid, signal.SIGCONT)
                until(lambda: server.ask("/readyz")[0] == 200, "the server to be ready")
                assert server.value("wws_module_cache_lookups_total", result="miss") == 1
                assert server.value("wws_compiles_total", result="ok") >= 1
                assert server.value("wws_compile_seconds_total") > 0
                assert server.stop() == 0
                return
    raise AssertionError("no compile child was seen")


def test_the_token_is_needed_at_an_address(wws):
    with Admin(wws, "--processes", "1") as server:
        for token in (None, "wrong", TOKEN[:-1], TOKEN + "x"):
            for path in ("/metrics", "/api/v1/status", "/api/v1/nothing", "/_api/v0/workers"):
                assert server.ask(path, token=token)[0] == 401, (token, path)
        assert server.ask("/api/v1/reload", "POST", token=None)[0] == 401
        assert server.ask("/healthz", token=None) == (200, '{"status":"ok"}')
        assert server.ask("/api/v1/nothing")[0] == 404
        assert server.ask("/metrics", "POST")[0] == 405
        assert server.stop() == 0


def refused(wws, folder, *options, toml=None):
    if toml:
        (folder / "wws.toml").write_text(toml)
    done = subprocess.run([wws, "--port", "0", *options, str(folder)], capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_what_cannot_be_opened_is_told(wws):
    with tempfile.TemporaryDirectory(prefix="wws-admin-") as name:
        folder = pathlib.Path(name)
        (folder / "public").mkdir()
        (folder / "public/a.txt").write_text("a")
        status, line = refused(wws, folder, "--admin", "127.0.0.1:0")
        assert status == 2 and "needs --admin-token-file" in line, line
        (folder / "short").write_text("short\n")
        status, line = refused(wws, folder, "--admin", "127.0.0.1:0", "--admin-token-file", str(folder / "short"))
        assert status == 2 and "at least 16 visible ASCII characters" in line, line
        status, line = refused(wws, folder, "--admin-token-file", str(folder / "short"))
        assert status == 2 and "of use with --admin alone" in line, line
        status, line = refused(wws, folder, "--admin", "9000")
        assert status == 2, line
        (folder / "file").write_text("mine")
        status, line = refused(wws, folder, "--admin", f"unix:{folder}/file")
        assert status == 1 and "it is no socket" in line, line
        status, line = refused(wws, folder, toml='[admin]\nlisten = "nowhere"\n')
        assert status == 2 and "[admin] listen" in line, line


def test_a_socket_by_the_project_s_file(wws):
    toml = '[admin]\nlisten = "unix:admin.sock"\n'
    with Server(wws, "--processes", "1", guests=["hello"], files={"wws.toml": toml}) as server:
        path = server.folder / "admin.sock"
        assert path.stat().st_mode & 0o777 == 0o600
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(path))
            sock.sendall(b"GET /api/v1/status HTTP/1.1\r\nhost: t\r\n\r\n")
            assert receive(sock)[0] == 200
        assert server.stop() == 0
        assert not path.exists()


def test_scrapers_that_never_read_harm_nobody(wws):
    with Admin(wws, "--processes", "1") as server:
        stuck = []
        try:
            for _ in range(60):
                sock = server.connect_admin()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                sock.sendall(f"GET /metrics HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {TOKEN}\r\n\r\n".encode())
                stuck.append(sock)
            for _ in range(20):  # and half a request
                sock = server.connect_admin()
                sock.sendall(b"GET /metrics HT")
                stuck.append(sock)
            assert run_load(server, ["/hello"], 200) == 200
            assert server.ask("/healthz")[0] == 200
            until(lambda: requests(server) == 200, "the requests to be counted")
        finally:
            for sock in stuck:
                sock.close()
        assert server.stop() == 0
        assert "died" not in server.log(), server.log()


def test_the_child_is_confined(wws):
    with Admin(wws, "--processes", "1") as server:
        status = pathlib.Path(f"/proc/{server.admin_pid()}/status").read_text()
        assert re.search(r"^NoNewPrivs:\t1$", status, re.M) and re.search(r"^Seccomp:\t2$", status, re.M), status
        assert server.ask("/metrics")[0] == 200
        # What it reads is mapped for reading alone.
        maps = pathlib.Path(f"/proc/{server.admin_pid()}/maps").read_text()
        assert re.findall(r"^\S+ (\S+) .*memfd:wws-metrics", maps, re.M) == ["r--s"], maps
        assert server.stop() == 0


def test_top_prints_one_table(wws):
    with Admin(wws, "--processes", "1", place="unix:" + tempfile.mktemp(prefix="wws-admin-")) as server:
        run_load(server, ["/hello"], 50)
        until(lambda: requests(server) == 50, "all requests to be counted")
        done = subprocess.run([wws, "top", server.name, "--once"], capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, ""), done
        lines = done.stdout.splitlines()
        assert lines[0].startswith("wws ") and lines[0].endswith("  ready"), lines
        assert "1 serving" in lines[1] and "1 ready" in lines[2], lines
        titles = next(number for number, line in enumerate(lines) if line.split()[:2] == ["REQ/S", "5XX/S"])
        assert lines[titles + 1].split()[-1] == "/hello", lines
        assert server.stop() == 0
        done = subprocess.run([wws, "top", server.name, "--once"], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 1 and done.stderr == f"wws: {server.name}: No such file or directory\n", done
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{free.getsockname()[1]}"
            done = subprocess.run([wws, "top", place, "--once"], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 1 and done.stderr == f"wws: {place}: Connection refused\n", done


def test_top_wants_the_token(wws):
    with Admin(wws, "--processes", "1") as server:
        place = server.name.removeprefix("http://")
        done = subprocess.run([wws, "top", place, "--once"], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 2 and "--admin-token-file" in done.stderr, done
        done = subprocess.run([wws, "top", place, "--once", "--admin-token-file", str(server.token)],
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0 and "/hello" in done.stdout, done
        assert server.stop() == 0


def test_top_leaves_the_terminal_as_it_was(wws):
    with Admin(wws, "--processes", "1", place="unix:" + tempfile.mktemp(prefix="wws-admin-")) as server:
        for end in (b"q", signal.SIGTERM):
            ours, theirs = pty.openpty()
            before = termios.tcgetattr(theirs)
            top = subprocess.Popen([wws, "top", server.name], stdin=theirs, stdout=theirs, stderr=theirs)
            shown = b""
            while b"ROUTE" not in shown:
                shown += os.read(ours, 65536)
            assert termios.tcgetattr(theirs)[3] != before[3]
            if isinstance(end, bytes):
                os.write(ours, end)
            else:
                top.send_signal(end)
            while b"\x1b[?1049l" not in shown:
                shown += os.read(ours, 65536)
            assert top.wait(PATIENCE) == 0
            assert termios.tcgetattr(theirs) == before
            assert shown.count(b"\x1b[?1049h") == 1 and shown.count(b"\x1b[?25h") == 1
            os.close(ours)
            os.close(theirs)
        assert server.stop() == 0


def test_top_goes_on_with_another_server(wws):
    """A stop of the server ended it, also where another one was there a moment later."""
    place = "unix:" + tempfile.mktemp(prefix="wws-admin-")
    with Admin(wws, "--processes", "1", place=place) as server, Screen(wws, place) as screen:
        run_load(server, ["/hello"], 500)
        until(lambda: requests(server) == 500, "all requests to be counted")
        screen.until(lambda view: "ROUTE" in view and rate(view) > 0, "a rate")
        old = server.process.pid
        assert server.stop() == 0
        screen.until(lambda view: "no answer: unix:" in view and "ROUTE" in view, "it to say that nobody answers")
        with Admin(wws, "--processes", "1", place=place) as another:
            view = screen.until(lambda view: "no answer" not in view and "ROUTE" in view, "it to show the other one")
            assert rate(view) == 0 and another.process.pid != old, view
            assert another.stop() == 0
            assert screen.top.poll() is None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--wws", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    return run_tests(globals(), arguments.names, os.path.abspath(arguments.wws))


if __name__ == "__main__":
    sys.exit(main())
